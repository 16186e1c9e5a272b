package slots

import (
	"slices"
	"time"
)

// A Kind is what registries count apart.
type Kind int

// The kinds of requests.
const (
	Pull  Kind = iota // a GET of a manifest
	Read              // any other GET or HEAD
	Write             // all others
	kinds = 3
)

// Requests are the numbers of requests of each kind.
type Requests [kinds]int

// One returns one request.
func One(kind Kind) Requests {
	var r Requests
	r[kind] = 1
	return r
}

func (r Requests) plus(other Requests, times int) Requests {
	for kind, n := range other {
		r[kind] += n * times
	}
	return r
}

// A Rate is a number of requests in a period. The zero Rate has no limit.
type Rate struct {
	N   int
	Per time.Duration
}

// Rates are the limits on the requests to one registry: to all of them, to those that read, and to those that write.
type Rates struct{ All, Reads, Writes Rate }

func (r Rates) limits() []*limit {
	all := []*limit{
		{Rate: r.All, kinds: Requests{1, 1, 1}},
		{Rate: r.Reads, kinds: Requests{1, 1, 0}},
		{Rate: r.Writes, kinds: Requests{0, 0, 1}},
	}
	return slices.DeleteFunc(all, func(l *limit) bool { return l.N <= 0 || l.Per <= 0 })
}

// A limit keeps requests to a rate. It is a token bucket, which lets a few requests go at once and the others one by
// one. It also remembers the requests of the last period, so that no period has more than the rate allows.
type limit struct {
	Rate
	kinds Requests    // 1 for each kind that counts
	next  time.Time   // when the bucket has a token
	sent  []time.Time // in the last period
	kept  int         // the pass of the queue in which a turn before waits for the limit
	until time.Time   // for which that turn waits
}

// maxBurst is the maximum number of requests that a limit lets go at once after a time without requests.
const maxBurst = 10

func (l *limit) burst() int { return min(max(l.N/20, 1), maxBurst) }

// of returns how many of the requests the limit counts.
func (l *limit) of(r Requests) int {
	n := 0
	for kind, counts := range l.kinds {
		n += counts * r[kind]
	}
	return n
}

// allowed returns when n more requests may be sent.
func (l *limit) allowed(pass, n int) time.Time {
	at := l.next
	if over := min(len(l.sent)+n-l.N, len(l.sent)); over > 0 {
		at = latest(at, l.sent[over-1].Add(l.Per))
	}
	if l.kept == pass {
		at = latest(at, l.until)
	}
	return at
}

// take counts n requests.
func (l *limit) take(n int, now time.Time) {
	if n == 0 {
		return
	}
	old := 0
	for old < len(l.sent) && !l.sent[old].Add(l.Per).After(now) {
		old++
	}
	l.sent = append(l.sent[old:], slices.Repeat([]time.Time{now}, n)...)
	each := l.Per / time.Duration(l.N)
	l.next = latest(l.next, now.Add(-each*time.Duration(l.burst()-1))).Add(each * time.Duration(n))
}
