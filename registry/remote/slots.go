package remote

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// slotsPerCopy is the number of requests of a copy within one registry: one reads, one writes.
const slotsPerCopy = 2

// slots limit the open requests at one registry. The queue is first in, first out, so that a copy, which takes two
// slots at once, is not overtaken for ever.
type slots struct {
	waiting func(until time.Time) // receives the end of a pause

	mu    sync.Mutex
	all   int
	free  int // below zero if slowDown removed slots in use
	rest  time.Time
	rests int // number of pauses without a success between them
	queue []*turn
}

// A turn waits for n slots.
type turn struct {
	n     int
	ready chan struct{}
}

func newSlots(n int) *slots { return &slots{all: n, free: n} }

func (s *slots) take(ctx context.Context, n int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.free >= n && len(s.queue) == 0 {
		s.free -= n
		s.mu.Unlock()
		return nil
	}
	mine := &turn{n: n, ready: make(chan struct{})}
	s.queue = append(s.queue, mine)
	s.mu.Unlock()
	select {
	case <-mine.ready:
		return nil
	case <-ctx.Done():
		s.giveUp(mine)
		return ctx.Err()
	}
}

// giveUp leaves the queue, or returns slots that were granted too late.
func (s *slots) giveUp(t *turn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-t.ready:
		s.free += t.n
	default:
		s.queue = slices.DeleteFunc(s.queue, func(q *turn) bool { return q == t })
	}
	s.serve()
}

func (s *slots) release(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	s.serve()
}

func (s *slots) serve() {
	for len(s.queue) > 0 && s.free >= s.queue[0].n {
		s.free -= s.queue[0].n
		close(s.queue[0].ready)
		s.queue = s.queue[1:]
	}
}

// slowDown handles a 429: the registry gets no request for a time, and from then on one copy at a time. It returns
// the number of pauses without a success between them.
func (s *slots) slowDown(d time.Duration) (rests int) {
	until, longer := time.Now().Add(d), false
	s.mu.Lock()
	s.free -= max(s.all-slotsPerCopy, 0)
	s.all = min(s.all, slotsPerCopy)
	if longer = until.After(s.rest); longer {
		if !time.Now().Before(s.rest) {
			s.rests++
		}
		s.rest = until
	}
	rests = s.rests
	s.mu.Unlock()
	if longer && s.waiting != nil {
		s.waiting(until)
	}
	return rests
}

// resetRests records a success.
func (s *slots) resetRests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rests = 0
}

func (s *slots) restsUntil() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rest
}

// resting reports whether the registry has a pause now.
func (s *slots) resting() bool { return time.Now().Before(s.restsUntil()) }

// A claim is a number of slots at one registry.
type claim struct {
	*slots
	n int
}

// claimsFor returns the claims of a copy between registries. A copy within one registry takes both slots at once:
// otherwise reads could hold all slots and wait for writes. Copies between two registries take their slots in the
// same order, for the same reason.
func claimsFor(to, from *host) []claim {
	if to == from {
		return []claim{{to.slots, slotsPerCopy}}
	}
	both := []*host{to, from}
	slices.SortFunc(both, func(a, b *host) int { return cmp.Compare(a.registry.RegistryStr(), b.registry.RegistryStr()) })
	return []claim{{both[0].slots, 1}, {both[1].slots, 1}}
}

// admit waits for slots and for the end of pauses. It does not hold a slot during a pause.
func admit(ctx context.Context, claims ...claim) (release func(), err error) {
	for {
		for _, c := range claims {
			if err := sleepUntil(ctx, c.restsUntil()); err != nil {
				return nil, err
			}
		}
		release, err := takeAll(ctx, claims)
		if err != nil || !slices.ContainsFunc(claims, func(c claim) bool { return c.resting() }) {
			return release, err
		}
		release()
	}
}

func takeAll(ctx context.Context, claims []claim) (release func(), err error) {
	taken := 0
	release = func() {
		for _, c := range claims[:taken] {
			c.release(c.n)
		}
	}
	for _, c := range claims {
		if err := c.take(ctx, c.n); err != nil {
			release()
			return nil, err
		}
		taken++
	}
	return release, nil
}

func sleepUntil(ctx context.Context, t time.Time) error {
	wait := time.Until(t)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
