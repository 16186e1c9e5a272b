package slots

import (
	"context"
	"slices"
	"sync"
	"time"
)

// PerCopy is the number of requests of a copy within one registry: one reads, one writes.
const PerCopy = 2

// Slots limit the open requests at one registry. The queue is first in, first out, so that a copy, which takes two
// slots at once, is not overtaken for ever.
type Slots struct {
	OnPause func(until time.Time) // receives the end of a pause

	mu    sync.Mutex
	all   int
	free  int // below zero if SlowDown removed slots in use
	rest  time.Time
	rests int // number of pauses without a success between them
	queue []*turn
}

// A turn waits for n slots.
type turn struct {
	n     int
	ready chan struct{}
}

// New returns n free slots.
func New(n int) *Slots { return &Slots{all: n, free: n} }

func (s *Slots) take(ctx context.Context, n int) error {
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
func (s *Slots) giveUp(t *turn) {
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

func (s *Slots) release(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	s.serve()
}

func (s *Slots) serve() {
	for len(s.queue) > 0 && s.free >= s.queue[0].n {
		s.free -= s.queue[0].n
		close(s.queue[0].ready)
		s.queue = s.queue[1:]
	}
}

// SlowDown handles a 429: the registry gets no request for a time, and from then on one copy at a time. It returns
// the number of pauses without a success between them.
func (s *Slots) SlowDown(d time.Duration) (rests int) {
	until, longer := time.Now().Add(d), false
	s.mu.Lock()
	s.free -= max(s.all-PerCopy, 0)
	s.all = min(s.all, PerCopy)
	if longer = until.After(s.rest); longer {
		if !time.Now().Before(s.rest) {
			s.rests++
		}
		s.rest = until
	}
	rests = s.rests
	s.mu.Unlock()
	if longer && s.OnPause != nil {
		s.OnPause(until)
	}
	return rests
}

// ResetRests records a success.
func (s *Slots) ResetRests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rests = 0
}

func (s *Slots) restsUntil() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rest
}

// resting reports whether the registry has a pause now.
func (s *Slots) resting() bool { return time.Now().Before(s.restsUntil()) }

// A Claim is a number of slots at one registry.
type Claim struct {
	*Slots
	N int
}

// Admit waits for slots and for the end of pauses. It does not hold a slot during a pause.
func Admit(ctx context.Context, claims ...Claim) (release func(), err error) {
	for {
		for _, c := range claims {
			if err := SleepUntil(ctx, c.restsUntil()); err != nil {
				return nil, err
			}
		}
		release, err := takeAll(ctx, claims)
		if err != nil || !slices.ContainsFunc(claims, func(c Claim) bool { return c.resting() }) {
			return release, err
		}
		release()
	}
}

func takeAll(ctx context.Context, claims []Claim) (release func(), err error) {
	taken := 0
	release = func() {
		for _, c := range claims[:taken] {
			c.release(c.N)
		}
	}
	for _, c := range claims {
		if err := c.take(ctx, c.N); err != nil {
			release()
			return nil, err
		}
		taken++
	}
	return release, nil
}

// SleepUntil waits until a time, or until the context ends.
func SleepUntil(ctx context.Context, t time.Time) error {
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
