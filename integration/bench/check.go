package main

import "fmt"

// A check is one of our figures beside its budget.
type check struct {
	what      string
	got, most float64
	digits    int  // behind the point
	counted   bool // and not measured: it has to hold on every machine
}

func (c check) holds() bool { return c.got <= c.most }

// String is the figure and its budget, in bold where it is over.
func (c check) String() string {
	text := fmt.Sprintf("%.*f of %.*f", c.digits, c.got, c.digits, c.most)
	if !c.holds() {
		return "**" + text + "**"
	}
	return text
}

// A section is what was found of one scenario.
type section struct {
	scenario
	rows []row
}

// checks holds our row against the budget of the scenario.
func (s section) checks() []check {
	us := own(s.rows)
	if us == nil {
		return []check{{what: "a run without failure", got: 1, counted: true}}
	}
	var list []check
	for _, c := range []struct {
		what string
		most int
		of   func(run) int
	}{
		{"requests", s.budget.requests, requestsOf},
		{"chain", s.budget.chain, chainOf},
		{"tokens", s.budget.tokens, tokensOf},
		{"connections", s.budget.connections, connectionsOf},
	} {
		if c.most > 0 {
			list = append(list, check{what: c.what, got: float64(us.most(c.of)), most: float64(c.most), counted: true})
		}
	}
	if s.budget.noWrite {
		list = append(list, check{what: "writes", got: float64(us.most(writesOf)), counted: true})
	}
	if peer := bestPeer(s.rows); peer != nil && s.budget.wall > 0 {
		list = append(list, check{what: "wall", got: ratio(*us, *peer), most: s.budget.wall, digits: 2})
	}
	return list
}

// find returns the check of that, or a dash.
func find(list []check, what string) string {
	for _, c := range list {
		if c.what == what {
			return c.String()
		}
	}
	return "-"
}

// failed lists what does not hold; what is measured only if strict.
func failed(name string, list []check, strict bool) []string {
	var lines []string
	for _, c := range list {
		if !c.holds() && (c.counted || strict) {
			lines = append(lines, fmt.Sprintf("%s: %s: %.*f, the budget is %.*f", name, c.what, c.digits, c.got, c.digits, c.most))
		}
	}
	return lines
}
