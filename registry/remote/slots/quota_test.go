package slots

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A counter is a registry that counts requests in fixed windows.
type counter struct {
	limit  int
	window time.Duration

	mu   sync.Mutex
	end  time.Time
	used int
}

// count counts a request, and returns what the registry says, and whether the request was one too many.
func (c *counter) count() (Quota, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); !now.Before(c.end) {
		c.end, c.used = now.Truncate(c.window).Add(c.window), 0
	}
	c.used++
	return Quota{Limit: c.limit, Left: max(c.limit-c.used, 0), Reset: c.end}, c.used > c.limit
}

// The quota of a registry is used up in each window, and never exceeded, once the registry has said it.
func TestQuota(t *testing.T) {
	for name, c := range map[string]*counter{
		"100 in 10 s":     {limit: 100, window: 10 * time.Second},
		"fewer than jobs": {limit: 5, window: 10 * time.Second},
		"one":             {limit: 1, window: time.Second},
		"in an hour":      {limit: 5000, window: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(nil, 32, Rates{})
				s.Learn(Read, Quota{Limit: c.limit, Left: c.limit, Reset: time.Now().Truncate(c.window).Add(c.window)})
				n := 4*c.limit + 1
				var left, refused atomic.Int32
				left.Store(int32(n))
				var group sync.WaitGroup
				start := time.Now()
				for range 64 {
					group.Go(func() {
						for left.Add(-1) >= 0 {
							release, err := Admit(t.Context(), Claim{Slots: s, N: 1, Requests: One(Read)})
							if err != nil {
								t.Error(err)
								return
							}
							said, over := c.count()
							if over {
								refused.Add(1)
							}
							time.Sleep(50 * time.Millisecond)
							s.Learn(Read, said)
							release()
						}
					})
				}
				group.Wait()
				if took := time.Since(start); refused.Load() > 0 || took > 4*c.window+5*time.Second {
					t.Errorf("%d of %d requests were one too many, in %s", refused.Load(), n, took)
				}
			})
		})
	}
}

// Of a quota that is used up for hours, the registry decides.
func TestQuotaOfHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil, 2, Rates{})
		s.Learn(Pull, Quota{Limit: 100, Left: 0, Window: 6 * time.Hour, Pulls: true})
		s.Learn(Read, Quota{Limit: 100, Left: 0, Reset: time.Now().Add(time.Minute), Pulls: true})
		for _, kind := range []Kind{Pull, Read, Write, Pull} {
			if times := send(t, 1, 0, Claim{Slots: s, N: 1, Requests: One(kind)}); times[0] != 0 {
				t.Errorf("kind %d was sent after %s", kind, times[0])
			}
		}
	})
}

// The last requests of a quota are spread over the rest of its window, if it is long and no wait is too long.
func TestQuotaLow(t *testing.T) {
	for name, test := range map[string]struct {
		left, n     int
		reset       time.Duration
		half, whole time.Duration // when so many requests are sent
	}{
		"many left":  {1000, 500, 100 * time.Second, 0, 0},
		"few left":   {99, 99, 1000 * time.Second, 490 * time.Second, 950 * time.Second},
		"soon full":  {99, 99, 50 * time.Second, 0, 0},
		"too long":   {10, 8, time.Hour, 0, 0},
		"in an hour": {100, 100, time.Hour, 49 * 36 * time.Second, 99 * 36 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(nil, 200, Rates{})
				start := time.Now()
				learn := func(sent int) {
					s.Learn(Read, Quota{Limit: 1000, Left: test.left - sent, Reset: start.Add(test.reset)})
				}
				learn(0)
				for i := range test.n {
					send(t, 1, 0, Claim{Slots: s, N: 1, Requests: One(Read)})
					learn(i + 1)
					want := map[int]time.Duration{test.n/2 - 1: test.half, test.n - 1: test.whole}
					if at, ok := want[i]; ok && (time.Since(start)-at).Abs() > test.reset/50 {
						t.Errorf("request %d after %s, want %s", i+1, time.Since(start), at)
					}
				}
			})
		})
	}
}

// Kinds that a registry counts apart do not wait for one another. A rest is reported once.
func TestQuotasApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil, 32, Rates{})
		var told []time.Duration
		start := time.Now()
		s.OnPause = func(until time.Time) { told = append(told, until.Sub(start)) }
		s.Learn(Write, Quota{Name: "writes", Limit: 10, Left: 0, Reset: start.Add(30 * time.Second)})
		s.Learn(Read, Quota{Name: "reads", Limit: 100, Left: 99, Reset: start.Add(30 * time.Second)})
		if times := send(t, 5, 0, Claim{Slots: s, N: 1, Requests: One(Read)}); times[4] != 0 {
			t.Errorf("reads at %v", times)
		}
		if times := send(t, 5, 0, Claim{Slots: s, N: 1, Requests: One(Write)}); times[0] != 30*time.Second {
			t.Errorf("writes at %v", times)
		}
		if len(told) != 1 || told[0] != 30*time.Second {
			t.Errorf("reported: %v", told)
		}
		s.Learn(Write, Quota{Name: "both", Limit: 50, Left: 0, Reset: time.Now().Add(30 * time.Second)})
		s.Learn(Read, Quota{Name: "both", Limit: 50, Left: 0, Reset: time.Now().Add(30 * time.Second)})
		if times := send(t, 2, 0, Claim{Slots: s, N: 1, Requests: One(Read)}); times[0] != 30*time.Second {
			t.Errorf("reads of a quota for both at %v", times)
		}
	})
}
