package main

import (
	"cmp"
	"slices"
	"time"
)

// median is the middle of what was measured, or 0 of nothing.
func median[T cmp.Ordered](values []T) T {
	if len(values) == 0 {
		var none T
		return none
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

func collect[T any](runs []run, of func(run) T) []T {
	var values []T
	for _, r := range runs {
		values = append(values, of(r))
	}
	return values
}

// most is what can be counted: the most of all rounds.
func (r row) most(of func(run) int) int { return slices.Max(collect(r.runs, of)) }

func (r row) wall() time.Duration {
	return median(collect(r.runs, func(r run) time.Duration { return r.Wall }))
}

func (r row) cpu() time.Duration {
	return median(collect(r.runs, func(r run) time.Duration { return r.CPU }))
}

func (r row) peak() int64 { return median(collect(r.runs, func(r run) int64 { return r.Peak })) }

func requestsOf(r run) int    { return len(r.requests) }
func chainOf(r run) int       { return len(chain(r.requests)) }
func connectionsOf(r run) int { return r.connections }

func tokensOf(r run) int { return countOf(r, request.token) }
func writesOf(r run) int { return countOf(r, request.write) }

func countOf(r run, is func(request) bool) int {
	var n int
	for _, q := range r.requests {
		if is(q) {
			n++
		}
	}
	return n
}

// ratio compares wall times of the same rounds, so that what disturbs the machine disturbs both.
func ratio(a, b row) float64 {
	var ratios []float64
	for i := range min(len(a.runs), len(b.runs)) {
		ratios = append(ratios, float64(a.runs[i].Wall)/float64(b.runs[i].Wall))
	}
	return median(ratios)
}

// bestPeer is the fastest that is not ours; nil without any.
func bestPeer(rows []row) *row { return least(rows, func(r row) int64 { return int64(r.wall()) }) }

// least is the peer that needs the least of something.
func least(rows []row, of func(row) int64) *row {
	var found *row
	for i, r := range rows {
		if r.tool.name == ours || len(r.runs) == 0 {
			continue
		}
		if found == nil || of(r) < of(*found) {
			found = &rows[i]
		}
	}
	return found
}

// own is our row; nil if we were not run.
func own(rows []row) *row {
	for i, r := range rows {
		if r.tool.name == ours && len(r.runs) > 0 {
			return &rows[i]
		}
	}
	return nil
}
