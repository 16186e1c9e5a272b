package slots

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A Queue is the order in which requests get slots. The registries of a session share one, because a copy between two
// registries takes a slot at both at once or none: no request waits while it holds a slot.
type Queue struct {
	mu    sync.Mutex
	turns []*turn
	slots int // the number of Slots
	timer *time.Timer
	pass  int      // the number of calls of serve
	full  int      // the Slots that are kept for a turn in this pass
	tell  []func() // called without the lock
}

// A turn waits for its claims.
type turn struct {
	claims []Claim
	ready  chan struct{}
}

// A Claim is a number of slots at one registry, and the requests that they are for.
type Claim struct {
	*Slots
	N int
	Requests
}

// Admit waits until all claims can be granted: the slots are free, no registry has a pause, and its limits allow the
// requests. The queue is first in, first out at each registry, but a turn that waits for a time lets others go first.
func Admit(ctx context.Context, claims ...Claim) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q, mine := claims[0].queue, &turn{claims, make(chan struct{})}
	q.do(func() { q.turns = append(q.turns, mine) })
	release = func() { q.do(mine.release) }
	select {
	case <-mine.ready:
		return release, nil
	case <-ctx.Done():
		q.do(func() { q.giveUp(mine) })
		return nil, ctx.Err()
	}
}

// giveUp leaves the queue, or returns slots that were granted too late.
func (q *Queue) giveUp(t *turn) {
	select {
	case <-t.ready:
		t.release()
	default:
		q.turns = slices.DeleteFunc(q.turns, func(other *turn) bool { return other == t })
	}
}

// do changes something, and grants what can be granted then.
func (q *Queue) do(change func()) {
	q.mu.Lock()
	change()
	q.serve()
	tell := q.tell
	q.tell = nil
	q.mu.Unlock()
	for _, f := range tell {
		f()
	}
}

// serve grants the turns that need not wait, and comes back when the next of the others has waited long enough.
func (q *Queue) serve() {
	now := time.Now()
	q.pass, q.full = q.pass+1, 0
	waiting, wake := q.turns[:0], time.Time{}
	for i, t := range q.turns {
		if q.full == q.slots {
			waiting = append(waiting, q.turns[i:]...)
			break
		}
		until, granted := q.try(t, now)
		if !granted {
			waiting = append(waiting, t)
		}
		if !until.IsZero() && (wake.IsZero() || until.Before(wake)) {
			wake = until
		}
	}
	clear(q.turns[len(waiting):])
	q.turns = waiting
	if q.timer != nil {
		q.timer.Stop()
	}
	if q.timer = nil; !wake.IsZero() {
		q.timer = time.AfterFunc(time.Until(wake), func() { q.do(func() {}) })
	}
}

// try grants a turn, or returns the time for which it has to wait. A turn that waits for slots keeps those that become
// free, so that the turns after it do not overtake it for ever.
func (q *Queue) try(t *turn, now time.Time) (until time.Time, granted bool) {
	behind, full := false, false
	for _, c := range t.claims {
		behind = behind || c.kept == q.pass
		full = full || c.free < c.N
		until = latest(until, c.allowed(now, c.Requests))
	}
	switch {
	case until.After(now):
		for _, c := range t.claims {
			c.keepLimits(until, now, c.Requests)
		}
		return until, false
	case full && !behind:
		for _, c := range t.claims {
			c.kept = q.pass
			q.full++
		}
		return time.Time{}, false
	case full || behind:
		return time.Time{}, false
	}
	for _, c := range t.claims {
		c.grant(now, c.N, c.Requests)
	}
	close(t.ready)
	return time.Time{}, true
}

func (t *turn) release() {
	for _, c := range t.claims {
		c.free += c.N
		c.under = c.under.plus(c.Requests, -1)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
