package integration

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// TestInterleaved lets two pushers, who both have seen the tag as it was before, put and read back in
// every order.
func TestInterleaved(t *testing.T) {
	t.Parallel()
	both := newPair(t, "a", "b")
	digests := both.recordRun(t)
	for _, test := range []struct {
		steps string
		loses string
		last  string // whose the tag is
	}{
		{"a put, a read, b put, b read", "", "b"},
		{"a put, b put, a read, b read", "a", "b"},
		{"a put, b put, b read, a read", "a", "b"},
		{"b put, a put, a read, b read", "b", "a"},
		{"b put, a put, b read, a read", "b", "a"},
		{"b put, b read, a put, a read", "", "a"},
	} {
		for _, held := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/held=%v", test.steps, held), func(t *testing.T) {
				t.Parallel()
				a, b := both.rivals(t, digests)
				if held {
					a.hold(t, registrytest.Image{Seed: "old"}.Build())
				}
				o := newOrder(t, strings.Split(test.steps, ", "))
				for _, p := range []*pusher{a, b} {
					p.proxy.on(o.keep(p.name))
					p.launch(t)
				}
				wonA, wonB := a.done(t, b), b.done(t, a)
				if wonA != (test.loses != "a") || wonB != (test.loses != "b") {
					t.Errorf("%q should lose, and nobody else\na: %s\nb: %s", test.loses, &a.stderr, &b.stderr)
				}
				a.check(t, digests[test.last])
			})
		}
	}
}

// turnTime is how long a step may be waited for.
const turnTime = 20 * time.Second

// An order is the one in which the steps of two pushers reach the registry.
type order struct {
	t     testing.TB
	steps []string
	done  map[string]chan struct{} // by step, closed when the registry has answered
}

func newOrder(t testing.TB, steps []string) *order {
	o := &order{t: t, steps: steps, done: map[string]chan struct{}{}}
	for _, step := range append(steps, "a is here", "b is here") {
		o.done[step] = make(chan struct{})
	}
	return o
}

// keep makes a pusher wait for its turns: to put the tag, and to read it for the first time after that.
// Nobody puts before both want to: so both have seen the tag as it was.
func (o *order) keep(name string) func(stopPoint) bool {
	var has atomic.Bool
	return func(m stopPoint) bool {
		put := m.Request == "PUT manifests/1.0"
		if !put && !(has.Load() && strings.HasSuffix(m.Request, " manifests/1.0")) {
			return true
		}
		step := name + " read"
		if put {
			step = name + " put"
		}
		switch m.phase {
		case arrived:
			if put {
				o.finish(name + " is here")
				o.await("a is here", "b is here")
			}
			o.await(o.steps[:slices.Index(o.steps, step)]...)
		case answered:
			has.Store(true)
			o.finish(step)
		}
		return true
	}
}

func (o *order) finish(step string) {
	select {
	case <-o.done[step]: // it comes again
	default:
		close(o.done[step])
	}
}

func (o *order) await(steps ...string) {
	timeout := time.After(turnTime)
	for _, step := range steps {
		select {
		case <-o.done[step]:
		case <-timeout:
			o.t.Errorf("%q does not come to pass", step)
			return
		}
	}
}
