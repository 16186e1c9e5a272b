package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A matrixCase is one row of the fault matrix: a fault at some requests of a push, and what has to come of it.
// Rows that are not about registries are where their subjects are: F38, F44 and F90 in registry/remote
// (reach_test.go, challenge_test.go, proxy_test.go), F36, F51 and F89 there too as they need TLS, F72 and
// F73 in registry, F77 and F86 in registry/layout, F87 in registry/archive, F84 and F85 in auth, F88 in
// spec. F93 is about referrers, which are not written.
type matrixCase struct {
	id       string
	scenario scenario
	prior    prior
	host     string              // of the fault; reg.test if empty
	on       []registrytest.Kind // what it happens to
	nth      int                 // from which on; 1 if zero
	fault    registrytest.Fault
	flags    []string
	later    *registrytest.Options // of the registry, after what was before is in place

	code  int
	moved bool     // the tag holds the new index
	words []string // what the message has to say
	// more looks at the rest.
	more func(t *testing.T, a testCase)
}

func TestMatrix(t *testing.T) {
	for _, rows := range [][]matrixCase{overloaded(), silent(), untrue(), redirected(), unusual(), mounts(), refusals(), logins()} {
		for _, r := range rows {
			t.Run(r.id+" "+r.fault.Name+" at "+r.where(), r.run)
		}
	}
}

func (r matrixCase) where() string {
	if r.on == nil {
		return "nothing"
	}
	return string(r.on[0])
}

func (r matrixCase) run(t *testing.T) {
	t.Parallel()
	if r.prior == "" {
		r.prior = old
	}
	if r.host == "" {
		r.host = regHost
	}
	recorded := recordRun(t, r.scenario, r.prior)
	if r.later != nil {
		recorded.options = *r.later
	}
	synctest.Test(t, func(t *testing.T) {
		s := recorded.stage()
		defer s.close()
		r.scenario.flags = append(slices.Clone(r.scenario.flags), r.flags...)
		happened := s.registry[r.host].Inject(s.network.Over(), registrytest.Of(r.on...), max(r.nth, 1), r.fault)
		a := testCase{dryRun: recorded, moment: requestPoint{kind: r.on[0]}, fault: r.fault, stage: s}
		a.outcome = r.scenario.run(t, s)
		a.happened = happened()
		r.check(t, a)
		if t.Failed() {
			t.Logf("exit %d after %s, the fault happened %d times\n%s%s", a.code, a.took, a.happened, a.stdout, a.stderr)
		}
	})
}

func (r matrixCase) check(t *testing.T, a testCase) {
	t.Helper()
	if a.happened == 0 {
		t.Error("the fault never happened")
	}
	if a.code != r.code {
		t.Errorf("exit %d, want %d", a.code, r.code)
	}
	want := a.before[tagName{regHost, a.tags[0]}]
	if r.moved {
		want = a.digest
	}
	if found := a.stage.walk(regHost, "app", a.tags[0]); found.Digest != want {
		t.Errorf("the tag holds %q, not %q", found.Digest, want)
	}
	for _, word := range r.words {
		if !strings.Contains(a.stderr, word) {
			t.Errorf("the message does not say %q", word)
		}
	}
	for name, invariant := range map[string]func() error{
		"I1": a.tagWhole, "I2": a.doneMeansDone, "I5": a.saysAll, "I6": a.noSecrets,
		"I7": a.noStrangers, "I11": a.nothingLeft, "I12": a.printable,
	} {
		if err := invariant(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.more != nil {
		r.more(t, a)
	}
}

// waits asks for a run that was held up so long.
func waits(atLeast, atMost time.Duration) func(*testing.T, testCase) {
	return func(t *testing.T, a testCase) {
		t.Helper()
		if a.took < atLeast || a.took > atMost {
			t.Errorf("it took %s, not %s to %s", a.took, atLeast, atMost)
		}
	}
}

// tries asks for a fault that happened so often.
func tries(atLeast, atMost int) func(*testing.T, testCase) {
	return func(t *testing.T, a testCase) {
		t.Helper()
		if a.happened < atLeast || a.happened > atMost {
			t.Errorf("tried %d times, not %d to %d", a.happened, atLeast, atMost)
		}
	}
}

// each makes a row for every kind of request.
func each(r matrixCase, kinds ...registrytest.Kind) []matrixCase {
	var rows []matrixCase
	for _, k := range kinds {
		r.on = []registrytest.Kind{k}
		rows = append(rows, r)
	}
	return rows
}

func fault(name string, times int, do func(registrytest.Scene)) registrytest.Fault {
	return registrytest.NewFault(name, do).For(times)
}

func says(status, times int, headers ...string) registrytest.Fault {
	name := fmt.Sprintf("%d %s %s", status, http.StatusText(status), strings.Join(headers, " "))
	return fault(fmt.Sprintf("%s (%d)", strings.TrimSpace(name), times), times, registrytest.Status(status, headers...))
}

// The scenarios by name.
func named(name string) scenario {
	i := slices.IndexFunc(scenarios, func(sc scenario) bool { return sc.name == name })
	return scenarios[i]
}

var (
	here      = named("same repository")
	mounted   = named("mounted")
	streamed  = named("streamed")
	several   = named("several tags")
	unmounted = named("not mounted")
	tokens    = named("tokens")
)
