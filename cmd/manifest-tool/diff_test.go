package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// What outdated costs: the index, then a HEAD for each tag, each once.
func TestOutdatedBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc := sameRepository.with(func(sc *scenario) {
			sc.options.Latency, sc.flags = 50*time.Millisecond, []string{"--record-sources"}
		})
		s := newStage(sc.hostOptions(), nil)
		defer s.close()
		sc.sources(t, s, false)
		sc.mustRun(t, s)
		s.calm()
		s.network.Latency = 50 * time.Millisecond
		o := s.run(t, "", "--plain-http", "outdated", "reg.test/app:1.0", "reg.test/app:1.0")
		if o.code != output.ExitDone || strings.Count(o.stdout, " current ") != 16 {
			t.Fatalf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
		}
		budget{requests: 2 + 8, chain: 3}.check(t, s.requests(), o)
	})
}

// What a diff costs at most: of two indexes, the roots at once, then the manifests, then the configs.
func TestDiffBudget(t *testing.T) {
	index := func(seed string, platforms, unchanged int) registrytest.Artifact {
		var images []registrytest.Artifact
		for i, platform := range eight[:platforms] {
			words := append(strings.Split(platform, "/"), "")
			image := registrytest.Image{OS: words[0], Architecture: words[1], Variant: words[2], Layers: 10, Seed: seed}
			if i < unchanged {
				image.Seed = ""
			}
			images = append(images, image.Build())
		}
		return registrytest.Index(false, images...)
	}
	for _, test := range []struct {
		name      string
		platforms int // of the first index
		unchanged int
		other     string
		flags     []string
		budget    budget
		code      int
	}{
		{"eight platforms", 8, 0, "2", nil, budget{requests: 34, chain: 4}, output.ExitFailure},
		{"seven are unchanged", 8, 7, "2", nil, budget{requests: 2 + 4, chain: 3}, output.ExitFailure},
		{"configs of added platforms are not read", 2, 1, "2", nil, budget{requests: 2 + 4 + 6, chain: 4}, output.ExitFailure},
		{"one platform", 8, 0, "2", []string{"--platform", "linux/arm64"}, budget{requests: 2 + 4, chain: 3}, output.ExitFailure},
		{"the same digest", 8, 0, "1", nil, budget{requests: 2, chain: 1}, output.ExitDone},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(scenario{options: registrytest.Options{Latency: 50 * time.Millisecond}}.hostOptions(), nil)
				defer s.close()
				s.network.Latency = 50 * time.Millisecond
				s.registry[regHost].Push(t, "app", "1", index("one", test.platforms, test.unchanged))
				s.registry[regHost].Push(t, "app", "2", index("two", len(eight), test.unchanged))
				args := append([]string{"--plain-http", "diff", "reg.test/app:1", "reg.test/app:" + test.other}, test.flags...)
				o := s.run(t, "", args...)
				if o.code != test.code {
					t.Fatalf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
				}
				test.budget.check(t, s.requests(), o)
			})
		})
	}
}
