package remote

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
)

// failed records failures that are enough for an outage.
func failed(o *outage) {
	for range downAfter {
		o.fail(io.EOF)
	}
}

func TestOutageNeverAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutage("reg.test", func(text string) { t.Errorf("told: %s", text) })
		failed(o)
		_, err := o.admit(t.Context())
		var down *DownError
		if !errors.As(err, &down) || !errors.Is(err, registry.ErrUnavailable) || !errors.Is(err, io.EOF) || worthTrying(err) {
			t.Fatalf("%v", err)
		}
		if want := "reg.test did not answer 5 requests, so no more are sent: EOF"; err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
		time.Sleep(probeLater)
		first, err := o.admit(t.Context())
		if err != nil || !first.probes {
			t.Fatalf("no request is sent after %s: %v", probeLater, err)
		}
		if _, err := o.admit(t.Context()); !errors.As(err, &down) {
			t.Errorf("a second request is sent beside the first: %v", err)
		}
		o.end(time.Now())
		first.leave()
		if next, err := o.admit(t.Context()); err != nil || next.probes {
			t.Errorf("the registry answers: %v", err)
		}
	})
}

// A registry that has answered before is waited for, and gets one request at a time.
func TestOutageIsWaitedFor(t *testing.T) {
	for _, over := range []time.Duration{10 * time.Second, 5 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			var told atomic.Int32
			o := newOutage("reg.test", func(string) { told.Add(1) })
			o.end(time.Now())
			failed(o)
			start := time.Now()
			var group sync.WaitGroup
			var probes, admitted, refused, gone atomic.Int32
			for i := range 100 {
				group.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					for {
						pass, err := o.admit(ctx)
						if err != nil {
							refused.Add(1)
							return
						}
						if !pass.probes {
							admitted.Add(1)
							return
						}
						probes.Add(1)
						time.Sleep(time.Duration(i) * time.Millisecond)
						switch {
						case i%10 == 0: // gives up without a result
							pass.leave()
							gone.Add(1)
							return
						case time.Since(start) < over:
							o.fail(io.EOF)
						default:
							o.end(time.Now())
						}
						pass.leave()
					}
				})
			}
			group.Wait()
			took := time.Since(start)
			if took > outageTime+5*time.Second || told.Load() != 1 {
				t.Errorf("it took %s, and was told %d times", took, told.Load())
			}
			switch {
			case over < outageTime && (admitted.Load()+gone.Load() != 100 || probes.Load() > 30 || took > over+4*time.Second):
				t.Errorf("%d were sent, %d during the outage, in %s", admitted.Load(), probes.Load(), took)
			case over > outageTime && (refused.Load()+gone.Load() != 100 || probes.Load() > 60):
				t.Errorf("%d were refused, %d sent during the outage", refused.Load(), probes.Load())
			}
		})
	}
}

// A registry of which a part refuses connections is not down as long as others may be answered: the first answers take
// longer than the refusals.
func TestOutageBeforeTheFirstAnswer(t *testing.T) {
	for _, answers := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			o := newOutage("reg.test", func(string) {})
			o.send()
			failed(o)
			done := make(chan error)
			go func() {
				_, err := o.admit(t.Context())
				done <- err
			}()
			synctest.Wait()
			select {
			case err := <-done:
				t.Fatalf("not waited for the first request: %v", err)
			default:
			}
			if answers {
				o.end(time.Now())
			} else {
				o.fail(io.EOF)
			}
			o.sent()
			var down *DownError
			if err := <-done; errors.As(err, &down) == answers {
				t.Errorf("answered %v: %v", answers, err)
			}
		})
	}
}

// A registry that stops sends answers that were under way. They neither end the outage nor keep it from beginning.
func TestOutageAndEarlierRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		o := newOutage("reg.test", func(string) { told++ })
		var sent []time.Time
		for range downAfter {
			sent = append(sent, o.send())
		}
		time.Sleep(time.Millisecond)
		for _, at := range sent {
			o.fail(io.EOF)
			o.end(at)
		}
		if !o.isDown() || told != 1 {
			t.Errorf("down: %v, told %d times", o.isDown(), told)
		}
		o.end(o.send())
		if o.isDown() {
			t.Error("the registry has answered, and is down")
		}
	})
}

// The first answer may come after the failures, to a request that was sent before them: requests wait from then on, as for
// a registry that has answered before.
func TestOutageBeginsWithALateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		o := newOutage("reg.test", func(string) { told++ })
		at := o.send()
		time.Sleep(time.Millisecond)
		failed(o)
		o.end(at)
		o.sent()
		start := time.Now()
		probe, err := o.admit(t.Context())
		if took := time.Since(start); err != nil || !probe.probes || took > probeSoon || told != 1 {
			t.Errorf("the next request is sent after %s, told %d times: %v", took, told, err)
		}
	})
}
