package slots

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// send admits n requests that take some time each, and returns when they were admitted, from now on.
func send(t *testing.T, n int, took time.Duration, claim Claim) []time.Duration {
	t.Helper()
	var mu sync.Mutex
	var times []time.Duration
	var group sync.WaitGroup
	start := time.Now()
	for range n {
		group.Go(func() {
			release, err := Admit(t.Context(), claim)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			times = append(times, time.Since(start))
			mu.Unlock()
			time.Sleep(took)
			release()
		})
	}
	group.Wait()
	slices.Sort(times)
	return times
}

// mostIn is the largest number of times in any period.
func mostIn(times []time.Duration, period time.Duration) (most int) {
	for i := range times {
		n := 0
		for _, other := range times[i:] {
			if other < times[i]+period {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// Requests come at the rate, after a few at once. No period has more, and the last comes when the rate says.
func TestRate(t *testing.T) {
	for name, test := range map[string]struct {
		rate  Rate
		n     int
		first []time.Duration // the times of the first requests
		last  time.Duration
	}{
		"300 a minute": {Rate{300, time.Minute}, 900, append(make([]time.Duration, 10), 200*time.Millisecond, 400*time.Millisecond), 178 * time.Second},
		"10 a second":  {Rate{10, time.Second}, 100, []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond}, 9900 * time.Millisecond},
		"1 a minute":   {Rate{1, time.Minute}, 4, []time.Duration{0, time.Minute, 2 * time.Minute}, 3 * time.Minute},
		"50 an hour":   {Rate{50, time.Hour}, 120, []time.Duration{0, 0, 72 * time.Second}, 118 * 72 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(nil, 32, Rates{All: test.rate})
				times := send(t, test.n, 50*time.Millisecond, Claim{Slots: s, N: 1, Requests: One(Read)})
				if got := times[:len(test.first)]; !slices.Equal(got, test.first) {
					t.Errorf("the first requests at %v, want %v", got, test.first)
				}
				if last := times[len(times)-1]; last != test.last {
					t.Errorf("the last request at %s, want %s", last, test.last)
				}
				if most := mostIn(times, test.rate.Per); most > test.rate.N {
					t.Errorf("%d requests in %s", most, test.rate.Per)
				}
			})
		})
	}
}

// Several requests of one claim, and requests outside of a claim, are part of the rate.
func TestRateOfClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil, 32, Rates{All: Rate{10, time.Second}})
		for range 4 {
			s.Count(Write)
		}
		times := send(t, 10, time.Millisecond, Claim{Slots: s, N: PerCopy, Requests: Requests{Read: 1, Write: 2}})
		var all []time.Duration
		for _, at := range times {
			all = append(all, at, at, at)
		}
		if most := mostIn(all, time.Second); most > 10 || times[9] != 3400*time.Millisecond {
			t.Errorf("%d requests in a second, at %v", most, times)
		}
	})
}

// A rate for writes does not hold up reads, and requests that wait for the rate do not keep slots.
func TestRateOfWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil, 2, Rates{Writes: Rate{1, time.Minute}})
		var writes, reads []time.Duration
		var group sync.WaitGroup
		group.Go(func() { writes = send(t, 3, time.Second, Claim{Slots: s, N: 1, Requests: One(Write)}) })
		synctest.Wait()
		group.Go(func() { reads = send(t, 10, time.Second, Claim{Slots: s, N: 1, Requests: One(Read)}) })
		group.Wait()
		if writes[2] != 2*time.Minute || reads[9] != 5*time.Second {
			t.Errorf("writes at %v, reads at %v", writes, reads)
		}
	})
}

// A large claim that waits for a rate is not overtaken by small ones for ever.
func TestRateInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil, 32, Rates{All: Rate{4, time.Second}})
		var large []time.Duration
		var group sync.WaitGroup
		group.Go(func() { send(t, 4, 0, Claim{Slots: s, N: 1, Requests: One(Read)}) })
		synctest.Wait()
		group.Go(func() { large = send(t, 1, 0, Claim{Slots: s, N: 1, Requests: Requests{Write: 3}}) })
		synctest.Wait()
		group.Go(func() { send(t, 40, 0, Claim{Slots: s, N: 1, Requests: One(Read)}) })
		group.Wait()
		if large[0] > 2*time.Second {
			t.Errorf("the large claim was admitted after %s", large[0])
		}
	})
}

// A copy between two registries, of which one rests, keeps no slot at the other.
func TestRestOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := &Queue{}
		a, b := New(queue, 2, Rates{}), New(queue, 2, Rates{})
		b.SlowDown(time.Minute)
		var group sync.WaitGroup
		start := time.Now()
		for range 10 {
			group.Go(func() {
				release, err := Admit(t.Context(), Claim{Slots: a, N: 1}, Claim{Slots: b, N: 1})
				if err != nil || time.Since(start) < time.Minute {
					t.Errorf("admitted after %s, error %v", time.Since(start), err)
				}
				release()
			})
		}
		synctest.Wait()
		if times := send(t, 10, time.Second, Claim{Slots: a, N: 1}); times[9] != 4*time.Second {
			t.Errorf("requests to the other registry at %v", times)
		}
		group.Wait()
	})
}

// A wait ends with the context, and leaves nothing.
func TestRateGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil, 2, Rates{All: Rate{1, time.Hour}})
		claim := Claim{Slots: s, N: 1, Requests: One(Read)}
		send(t, 1, 0, claim)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if _, err := Admit(ctx, claim); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		if s.free != 2 || len(s.queue.turns) != 0 || s.queue.timer != nil {
			t.Errorf("%d slots are free, %d wait", s.free, len(s.queue.turns))
		}
	})
}
