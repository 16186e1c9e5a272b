package main

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// long asks for one in so many cases, which takes minutes: 1 is all of them, see "make test-long".
var long, _ = strconv.Atoi(os.Getenv("MANIFEST_TOOL_LONG"))

// Whatever goes wrong, with whichever request, a tag is not broken, and the user is told the truth.
func TestExhaustive(t *testing.T) {
	var cases atomic.Int64
	t.Cleanup(func() { t.Logf("%d cases", cases.Load()) })
	for _, sc := range scenarios {
		for _, p := range []prior{absent, old, same} {
			t.Run(sc.name+"/"+string(p), func(t *testing.T) {
				t.Parallel()
				cases.Add(recordRun(t, sc, p).exhaust(t))
			})
		}
	}
}

// exhaust makes every fault happen to every request that it fits, each in a run of its own.
func (r dryRun) exhaust(t *testing.T) (n int64) {
	for i, m := range r.requestPoints() {
		for _, f := range registrytest.Faults() {
			if !f.Fits(m.kind) {
				continue
			}
			name := fmt.Sprintf("%d %s/%s", i, m.kind, f.Name)
			if !r.sampled(string(r.prior) + m.point + f.Name) {
				continue
			}
			n++
			t.Run(name, func(t *testing.T) { r.perform(t, m, f) })
		}
	}
	return n
}

// sampled chooses the cases that are run, the same each time.
func (sc scenario) sampled(name string) bool {
	one := uint32(cmp.Or(long, oneIn))
	if sc.like {
		one *= 4
	}
	h := fnv.New32a()
	h.Write([]byte(sc.name + name))
	return h.Sum32()%one == 0
}

// perform runs the program with a fault, and then without it.
func (r dryRun) perform(t *testing.T, m requestPoint, f registrytest.Fault) {
	synctest.Test(t, func(t *testing.T) {
		s := r.stage()
		defer s.close()
		happened := s.registry[m.host].Inject(s.network.Over(), registrytest.At(m.point), m.nth, f)
		a := testCase{dryRun: r, moment: m, fault: f, stage: s}
		a.outcome = r.run(t, s)
		a.happened = happened()
		a.check(t)
		s.calm()
		again := r.run(t, s)
		if again.code != output.ExitDone || again.stdout != r.result {
			t.Errorf("I10: again, without a fault: exit %d\n%s%s", again.code, again.stdout, again.stderr)
		}
		for n, digest := range r.after {
			if found := s.walk(n.host, "app", n.tag); found.Digest != digest || len(found.Wrong) > 0 {
				t.Errorf("I10: again, without a fault: %s is %s, %v", n, found.Digest, found.Wrong)
			}
		}
	})
}
