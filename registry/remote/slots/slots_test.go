package slots

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever waits longest is next, also for two slots at once.
func TestSlotsInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := &Queue{}
		s, _ := New(queue, 2, Rates{}), New(queue, 2, Rates{}) // of another registry
		var order []string
		var mu sync.Mutex
		use := func(name string, n int) {
			release, err := Admit(t.Context(), Claim{Slots: s, N: n})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			order = append(order, name)
			mu.Unlock()
			time.Sleep(time.Second)
			release()
		}
		for i, n := range []int{1, PerCopy, 1, 1} {
			go use(string(rune('a'+i)), n)
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if got := order; len(got) != 4 || got[0] != "a" || got[1] != "b" {
			t.Errorf("order %q: the copy was passed by", got)
		}
	})
}

// Who gives up waiting takes nothing along, and lets the next one in.
func TestSlotsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil, 2, Rates{})
		release, err := Admit(t.Context(), Claim{Slots: s, N: 1})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go Admit(ctx, Claim{Slots: s, N: PerCopy})
		synctest.Wait()
		var in atomic.Bool
		go func() {
			done, _ := Admit(t.Context(), Claim{Slots: s, N: 1})
			in.Store(true)
			done()
		}()
		synctest.Wait()
		if in.Load() {
			t.Error("a copy that waits was passed by")
		}
		cancel()
		synctest.Wait()
		if !in.Load() {
			t.Error("the next one waits for nobody")
		}
		release()
		if s.free != 2 || len(s.queue.turns) != 0 {
			t.Errorf("%d slots are free, %d wait", s.free, len(s.queue.turns))
		}
	})
}

// A registry that has had too much is left alone, and then has one copy at a time.
func TestSlowDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil, 16, Rates{})
		var told time.Time
		s.OnPause = func(until time.Time) { told = until }
		release, err := Admit(t.Context(), Claim{Slots: s, N: 8}) // under way when it is told
		if err != nil {
			t.Fatal(err)
		}
		s.SlowDown(10 * time.Second)
		s.SlowDown(2 * time.Second) // does not shorten it
		start := time.Now()
		var under, most atomic.Int32
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				done, err := Admit(t.Context(), Claim{Slots: s, N: 1})
				if err != nil {
					t.Error(err)
					return
				}
				if time.Since(start) < 10*time.Second {
					t.Errorf("in after %s", time.Since(start))
				}
				now := under.Add(1)
				for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
				}
				time.Sleep(time.Second)
				under.Add(-1)
				done()
			})
		}
		time.Sleep(time.Second)
		release()
		group.Wait()
		if most.Load() != PerCopy || s.free != PerCopy || told.Sub(start) != 10*time.Second {
			t.Errorf("%d at once, %d free at the end, told to wait for %s", most.Load(), s.free, told.Sub(start))
		}
	})
}
