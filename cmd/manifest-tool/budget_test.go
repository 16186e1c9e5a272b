package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A budget is what a scenario may cost: requests, and how many of them one after another.
type budget struct {
	name            string
	scenario        scenario
	again           bool // the push is run before
	requests, chain int
	writes          bool
	tokens          int
}

var eight = []string{"linux/386", "linux/amd64", "linux/arm/v7", "linux/arm64", "linux/ppc64le", "linux/riscv64", "linux/s390x", "linux/mips64"}

var (
	sameRepository  = scenario{template: "reg.test/app:ARCH", platforms: eight, tags: []string{"1.0"}}
	byMounts        = scenario{template: "reg.test/src-ARCH:1", platforms: eight, tags: []string{"1.0"}, layers: 10}
	anotherRegistry = scenario{template: "other.test/src-ARCH:1", platforms: eight, tags: []string{"1.0"}, layers: 10}
)

func attested(sc *scenario) { sc.options.Referrers, sc.flags = true, []string{"--attest"} }

func (sc scenario) with(change func(*scenario)) scenario {
	change(&sc)
	return sc
}

var budgets = []budget{
	{"S1 eight platforms in a repository", sameRepository, false, 19, 5, true, 0},
	{"S2 eight repositories into a ninth", byMounts, false, 123, 13, true, 0},
	{"S2 with tokens", byMounts.with(func(sc *scenario) { sc.options = withTokens }), false, 126, 0, true, 2},
	{"S3 eight repositories into another registry", anotherRegistry, false, 383, 26, true, 0},
	{"S5 six tags", sameRepository.with(func(sc *scenario) { sc.tags = strings.Split("1.0 1 a b c d", " ") }), false, 34, 7, true, 0},
	{"S1 with provenance", sameRepository.with(attested), false, 31, 13, true, 0},
	{"S1 with provenance again", sameRepository.with(attested), true, 20, 5, false, 0},
	{"S6 nothing to do", byMounts, true, 26, 4, false, 0},
}

// defaultJobs is what --jobs is if it is not given.
const defaultJobs = 32

// What a push costs at most, with 50 ms for each request and each connection. In a bubble the time
// that a run takes is exact.
func TestBudgets(t *testing.T) {
	for _, b := range budgets {
		t.Run(b.name, func(t *testing.T) {
			b.scenario.options.Latency = 50 * time.Millisecond
			synctest.Test(t, func(t *testing.T) {
				s := newStage(b.scenario.hostOptions(), nil)
				defer s.close()
				b.scenario.sources(t, s, false)
				if b.again {
					b.scenario.mustRun(t, s)
					s.calm()
				}
				s.network.Latency = 50 * time.Millisecond
				o := b.scenario.mustRun(t, s)
				b.check(t, s.requests(), o)
				for host, g := range s.registry {
					if n := registrytest.AtOnce(g.Requests()); n > defaultJobs {
						t.Errorf("%d requests at once at %s", n, host)
					}
				}
			})
		})
	}
}

func (b budget) check(t *testing.T, requests []registrytest.Request, o outcome) {
	t.Helper()
	chain, tokens, writes := registrytest.Chain(requests), 0, 0
	for _, r := range requests {
		switch k := r.Kind(); {
		case k == registrytest.Token:
			tokens++
		case k.Writes():
			writes++
		}
	}
	t.Logf("%d requests, %d one after another, %d tokens, %s", len(requests), chain, tokens, o.took)
	if len(requests) > b.requests || b.chain > 0 && chain > b.chain || tokens > b.tokens {
		t.Errorf("%d requests, %d one after another, %d tokens: allowed are %d, %d and %d", len(requests), chain, tokens, b.requests, b.chain, b.tokens)
	}
	if !b.writes && writes > 0 {
		t.Errorf("%d writes, with nothing to do", writes)
	}
}

// S4: an index of 16 images is inspected, with their configs.
func TestInspectBudget(t *testing.T) {
	b := budget{requests: 33, chain: 4}
	var images []registrytest.Artifact
	for i := range 16 {
		images = append(images, registrytest.Image{Architecture: fmt.Sprintf("cpu%d", i)}.Build())
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(scenario{options: registrytest.Options{Latency: 50 * time.Millisecond}}.hostOptions(), nil)
		defer s.close()
		s.network.Latency = 50 * time.Millisecond
		s.registry[regHost].Push(t, "app", "1.0", registrytest.Index(false, images...))
		o := s.run(t, "", "--plain-http", "inspect", "--format", "json", "--config", "reg.test/app:1.0")
		if o.code != output.ExitDone {
			t.Fatalf("exit %d\n%s", o.code, o.stderr)
		}
		b.check(t, s.requests(), o)
	})
}

// The same over sockets, where only the requests can be counted.
func TestBudgetsOverSockets(t *testing.T) {
	for _, b := range budgets {
		t.Run(b.name, func(t *testing.T) {
			one, other := registrytest.New(t, b.scenario.options), registrytest.New(t, registrytest.Options{})
			names := strings.NewReplacer(regHost, one.Host(), otherHost, other.Host())
			for reference, image := range b.scenario.images() {
				host, rest, _ := strings.Cut(names.Replace(reference), "/")
				repository, tag, _ := strings.Cut(rest, ":")
				map[string]*registrytest.Server{one.Host(): one, other.Host(): other}[host].Push(t, repository, tag, image)
			}
			var args []string
			for _, arg := range b.scenario.args() {
				args = append(args, names.Replace(arg))
			}
			run := func() {
				one.ResetRequests()
				other.ResetRequests()
				if code, _, stderr := tool(t, b.scenario.options.Users["ci"], nil, args...); code != output.ExitDone {
					t.Fatalf("exit %d\n%s", code, stderr)
				}
			}
			run()
			if b.again {
				run()
			}
			b.chain = 0
			b.check(t, append(one.Requests(), other.Requests()...), outcome{})
			if err := one.Complete("app", "1.0"); err != nil {
				t.Error(err)
			}
		})
	}
}

// The fewest slots are enough where nothing is mounted and each blob takes two.
func TestFewestJobs(t *testing.T) {
	sc := byMounts.with(func(sc *scenario) {
		sc.options.RefuseMounts, sc.options.Latency = true, 50*time.Millisecond
		sc.flags = []string{"--jobs", "2"}
	})
	synctest.Test(t, func(t *testing.T) {
		s := newStage(sc.hostOptions(), nil)
		defer s.close()
		sc.sources(t, s, false)
		sc.mustRun(t, s)
		if n := registrytest.AtOnce(s.registry[regHost].Requests()); n != 2 {
			t.Errorf("%d requests at once", n)
		}
		if found := s.walk(regHost, "app", "1.0"); len(found.Wrong) > 0 || found.Objects != 1+8+88 {
			t.Errorf("%d objects are there; %v", found.Objects, found.Wrong)
		}
	})
}
