package slots

import (
	"context"
	"time"
)

// PerCopy is the number of requests of a copy within one registry: one reads, one writes.
const PerCopy = 2

// MaxWait is the longest pause that a registry can ask for.
const MaxWait = 60 * time.Second

// Slots limit the open requests at one registry, and their rate.
type Slots struct {
	OnPause func(until time.Time) // receives the end of a pause

	queue  *Queue // its lock guards the fields below
	all    int
	free   int // below zero if SlowDown removed slots in use
	kept   int // the pass of the queue in which the slots are kept for a turn
	rest   time.Time
	rests  int // number of pauses without a success between them
	under  Requests
	limits []*limit
	quotas [kinds]*quota // what the registry says about each kind of request; nil if nothing
	heard  [kinds]bool   // an answer to a request of the kind was seen
}

// New returns n free slots in a queue, or in a queue of their own if it is nil.
func New(queue *Queue, n int, rates Rates) *Slots {
	if queue == nil {
		queue = &Queue{}
	}
	queue.mu.Lock()
	defer queue.mu.Unlock()
	queue.slots++
	return &Slots{queue: queue, all: n, free: n, limits: rates.limits()}
}

// allowed returns when the registry may get requests, as far as pauses, rates and quotas go.
func (s *Slots) allowed(now time.Time, r Requests) time.Time {
	at := s.rest
	for _, l := range s.limits {
		if n := l.of(r); n > 0 {
			at = latest(at, l.allowed(s.queue.pass, n))
		}
	}
	for kind, q := range s.quotas {
		if r[kind] > 0 && q != nil {
			at = latest(at, s.allowedByQuota(now, q, r))
		}
	}
	return at
}

func (s *Slots) allowedByQuota(now time.Time, q *quota, r Requests) time.Time {
	n, under := 0, 0
	for kind, other := range s.quotas {
		if other == q {
			n, under = n+r[kind], under+s.under[kind]
		}
	}
	at, rests := q.allowed(now, n, under)
	if rests && s.OnPause != nil && q.told != at {
		q.told = at
		s.queue.tell = append(s.queue.tell, func() { s.OnPause(at) })
	}
	return at
}

// keepLimits keeps the limits for which a turn waits, so that the turns after it do not overtake it for ever.
func (s *Slots) keepLimits(until, now time.Time, r Requests) {
	for _, l := range s.limits {
		if n := l.of(r); n > 0 && l.allowed(s.queue.pass, n).After(now) {
			l.kept, l.until = s.queue.pass, until
		}
	}
}

func (s *Slots) grant(now time.Time, n int, r Requests) {
	s.free -= n
	s.under = s.under.plus(r, 1)
	s.count(now, r)
	for kind, q := range s.quotas {
		if r[kind] > 0 && q != nil {
			q.last = now
		}
	}
}

func (s *Slots) count(now time.Time, r Requests) {
	for _, l := range s.limits {
		l.take(l.of(r), now)
	}
}

// Count counts a request that was not part of a claim, such as that for a redirect. It is sent without a wait, and the
// requests after it wait longer.
func (s *Slots) Count(kind Kind) {
	if len(s.limits) > 0 {
		s.queue.do(func() { s.count(time.Now(), One(kind)) })
	}
}

// Learn records what the registry says about its limits in the answer to a request. Until the first answer to a
// request of some kind, what it says about other kinds is assumed to be for all.
func (s *Slots) Learn(kind Kind, said Quota) {
	s.queue.do(func() {
		s.heard[kind] = true
		if said.Pulls && kind != Pull {
			return
		}
		q := &quota{}
		for _, known := range s.quotas {
			if known != nil && known.same(said) {
				q = known
			}
		}
		q.learn(said, time.Now())
		for other, heard := range s.heard {
			if other == int(kind) || !heard && !said.Pulls {
				s.quotas[other] = q
			}
		}
	})
}

// LearnNone records an answer that says nothing about limits.
func (s *Slots) LearnNone(kind Kind) {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	if !s.heard[kind] {
		s.heard[kind], s.quotas[kind] = true, nil
	}
}

// SlowDown handles a 429: the registry gets no request for a time, and from then on one copy at a time. It returns
// the number of pauses without a success between them.
func (s *Slots) SlowDown(d time.Duration) (rests int) {
	s.queue.do(func() {
		now := time.Now()
		until := now.Add(d)
		s.free -= max(s.all-PerCopy, 0)
		s.all = min(s.all, PerCopy)
		if until.After(s.rest) {
			if !now.Before(s.rest) {
				s.rests++
			}
			s.rest = until
			if s.OnPause != nil {
				s.queue.tell = append(s.queue.tell, func() { s.OnPause(until) })
			}
		}
		rests = s.rests
	})
	return rests
}

// ResetRests records a success.
func (s *Slots) ResetRests() {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	s.rests = 0
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
