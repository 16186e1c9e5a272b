package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// An event is a line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output string
}

// A test is one of a package.
type test struct{ pkg, name string }

// A report prints the output of packages and of tests that fail, as go test does without -v.
type report struct {
	mu      sync.Mutex
	out     io.Writer
	pending map[test][]string  // the output of tests that have not ended
	skipped map[string]int     // by reason
	since   map[test]time.Time // when tests that are running began, or went on
}

func newReport(out io.Writer) *report {
	return &report{out: out, pending: map[test][]string{}, skipped: map[string]int{}, since: map[test]time.Time{}}
}

func (r *report) take(e event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := test{e.Package, e.Test}
	r.clock(e, of)
	switch {
	case e.Action == "build-output":
		io.WriteString(r.out, e.Output)
	case e.Action == "output" && e.Test == "":
		r.packageLine(e.Package, e.Output)
	case e.Action == "output":
		r.pending[of] = append(r.pending[of], e.Output)
	case e.Test == "":
	case e.Action == "fail":
		r.flush(of)
	case e.Action == "skip":
		r.skip(of)
		delete(r.pending, of)
	case e.Action == "pass":
		delete(r.pending, of)
	}
}

// packageLine prints a line of a package. A package that fails while tests are running, such as after a
// panic, names them and shows their output.
func (r *report) packageLine(pkg, line string) {
	if strings.HasPrefix(line, "FAIL") {
		unfinished := slices.Collect(maps.Keys(r.pending))
		slices.SortFunc(unfinished, func(a, b test) int { return cmp.Compare(a.name, b.name) })
		for _, of := range unfinished {
			if of.pkg == pkg {
				fmt.Fprintf(r.out, "--- running: %s\n", of.name)
				r.flush(of)
			}
		}
	}
	if line != "PASS\n" {
		io.WriteString(r.out, line)
	}
}

// flush prints the output of a test without the lines that -v adds.
func (r *report) flush(of test) {
	for _, line := range r.pending[of] {
		if !strings.HasPrefix(line, "=== ") {
			io.WriteString(r.out, line)
		}
	}
	delete(r.pending, of)
}

// logged is a line that a test has logged.
var logged = regexp.MustCompile(`^ *[^ :]+\.go:[0-9]+: (.*)\n?$`)

// skip counts a skipped test. An input that a fuzz target passes over is no test.
func (r *report) skip(of test) {
	if strings.HasPrefix(of.name, "Fuzz") && strings.Contains(of.name, "/") {
		return
	}
	reason := of.name
	for _, line := range r.pending[of] {
		if found := logged.FindStringSubmatch(line); found != nil && strings.TrimSpace(found[1]) != "" {
			reason = strings.TrimSpace(found[1])
		}
	}
	r.skipped[reason]++
}

// skips is the line about all skipped tests, with the most frequent reasons first.
func (r *report) skips() string {
	total := 0
	reasons := slices.SortedFunc(maps.Keys(r.skipped), func(a, b string) int {
		return cmp.Or(r.skipped[b]-r.skipped[a], strings.Compare(a, b))
	})
	for i, reason := range reasons {
		total += r.skipped[reason]
		reasons[i] = fmt.Sprintf("%s (%d)", reason, r.skipped[reason])
	}
	switch total {
	case 0:
		return "skipped: 0 tests"
	case 1:
		return "skipped: 1 test: " + reasons[0]
	}
	return fmt.Sprintf("skipped: %d tests: %s", total, strings.Join(reasons, "; "))
}
