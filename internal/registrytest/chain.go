package registrytest

import (
	"slices"
	"time"
)

// Chain is how many requests had to wait for one another: those that are counted when requests are
// taken in the order of their end, and each counts that starts at or after the end of the last one
// that did. A run takes as many round trips at least.
func Chain(requests []Request) int {
	ended := slices.DeleteFunc(slices.Clone(requests), func(r Request) bool { return r.End.IsZero() })
	slices.SortStableFunc(ended, func(a, b Request) int { return a.End.Compare(b.End) })
	var last time.Time
	n := 0
	for _, r := range ended {
		if !r.Start.Before(last) {
			last = r.End
			n++
		}
	}
	return n
}

// AtOnce is the largest number of requests that were under way at one time.
func AtOnce(requests []Request) int {
	most := 0
	for _, r := range requests {
		n := 0
		for _, other := range requests {
			if !other.Start.After(r.Start) && (other.End.IsZero() || other.End.After(r.Start)) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}
