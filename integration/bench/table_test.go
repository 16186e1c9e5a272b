package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifest-tool/manifest-tool/integration/bench/cost"
)

// ran is a run with so many requests, one after the other, that took so many ms.
func ran(requests, wall int) run {
	r := run{Usage: cost.Usage{Wall: time.Duration(wall) * time.Millisecond, CPU: 7 * time.Millisecond, Peak: 10 << 20}, connections: 2}
	for i := range requests {
		q := at(10*i, 10*i+10)
		q.method, q.path = "GET", "/v2/app/manifests/v1"
		r.requests = append(r.requests, q)
	}
	return r
}

func testSection() section {
	return section{
		scenario{name: "S0", title: "a test", budget: budget{requests: 5, chain: 3, connections: 2, noWrite: true, wall: 0.5}},
		[]row{
			{tool: tool{name: ours, title: "this"}, runs: []run{ran(4, 100), ran(5, 400), ran(4, 110)}},
			{tool: tool{name: "a", title: "A"}, runs: []run{ran(9, 400), ran(9, 800), ran(9, 400)}},
			{tool: tool{name: "b", title: "B"}, runs: []run{ran(3, 1000)}},
			{tool: tool{name: "c", title: "C"}, err: errors.New("cannot | will not")},
			{tool: tool{name: "d", title: "D"}},
		},
	}
}

func TestOverview(t *testing.T) {
	var got strings.Builder
	writeOverview(&got, []section{testSection()})
	want := `| scenario | requests | fewest of a peer | chain | shortest of a peer | wall ÷ best peer's | best peer | also |
|---|---|---|---|---|---|---|---|
| S0: a test | 5 of 5 | 3 B | **5 of 3** | 3 B | 0.28 of 0.50 | A | connections 2 of 2, writes 0 of 0 |
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestSection(t *testing.T) {
	var got strings.Builder
	writeSection(&got, testSection())
	want := `
### S0: a test

| tool | requests | chain | connections | wall ms | ours ÷ it | CPU ms | peak MiB | rounds | which requests |
|---|---|---|---|---|---|---|---|---|---|
| this | 5 | 5 | 2 | 110 | - | 7 | 10.0 | 3 | 4 manifest GET |
| A | 9 | 9 | 2 | 400 | 0.28 | 7 | 10.0 | 3 | 9 manifest GET |
| B | 3 | 3 | 2 | 1000 | 0.10 | 7 | 10.0 | 1 | 3 manifest GET |
| C | failed: cannot \| will not |
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestLosses(t *testing.T) {
	var got strings.Builder
	writeLosses(&got, []section{testSection()})
	want := "- S0, requests: B has 3, ours 5\n- S0, chain: B has 3, ours 5\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestFailed(t *testing.T) {
	over := testSection()
	over.budget.wall = 0.2
	alone := section{testSection().scenario, []row{{tool: tool{name: ours}, err: errors.New("no")}}}
	for _, tt := range []struct {
		name   string
		s      section
		strict bool
		want   []string
	}{
		{"what is counted", over, false, []string{"S0: chain: 5, the budget is 3"}},
		{"what is measured too", over, true, []string{"S0: chain: 5, the budget is 3", "S0: wall: 0.28, the budget is 0.20"}},
		{"no run", alone, false, []string{"S0: a run without failure: 1, the budget is 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := failed(tt.s.name, tt.s.checks(), tt.strict); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
