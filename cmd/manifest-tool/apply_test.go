package main

import (
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// TestApplyRefuses changes a target or a source between plan and apply. Then apply writes nothing anywhere.
func TestApplyRefuses(t *testing.T) {
	amd64 := rt.Image{Architecture: "amd64", LayerSize: 6000}.Build()
	two := rt.Index(false, rt.Image{Architecture: "amd64"}.Build(), rt.Image{Architecture: "arm64"}.Build())
	signature := "sha256-" + strings.TrimPrefix(two.Digest, "sha256:") + ".sig"
	other := rt.Image{Seed: "other client"}.Build()
	for _, c := range []struct {
		name, writer string
		change       func(*testing.T, *stage)
		code         int
		says         string
	}{
		{"the tag moved", "mounted, old", func(t *testing.T, s *stage) { s.registry[regHost].Push(t, "app", "1.0", other) },
			output.ExitRefused, "reg.test/app:1.0 holds " + other.Digest + ", but the tag held sha256:"},
		{"the tag was created", "mounted, absent", func(t *testing.T, s *stage) { s.registry[regHost].Push(t, "app", "1.0", other) },
			output.ExitRefused, "but the tag did not exist when the plan was made"},
		{"the tag was removed", "mounted, old", func(t *testing.T, s *stage) {
			digest, _ := s.registry[regHost].Tag("app", "1.0")
			s.registry[regHost].DeleteManifest("app", digest)
		}, output.ExitRefused, "reg.test/app:1.0 does not exist any more"},
		{"the second tag moved", "several tags, old", func(t *testing.T, s *stage) { s.registry[regHost].Push(t, "app", "latest", other) }, output.ExitRefused, "app:latest holds"},
		{"a platform tag was created", "tags for images, absent", func(t *testing.T, s *stage) { s.registry[regHost].Push(t, "app", "1-arm64", other) }, output.ExitRefused, "app:1-arm64 holds"},
		{"the tag of another target moved", "two targets, old", func(t *testing.T, s *stage) { s.registry[otherHost].Push(t, "app", "1.0", other) }, output.ExitRefused, "other.test/app:1.0 holds"},
		{"the tag of another image moved", "all tags", func(t *testing.T, s *stage) { s.registry[regHost].Push(t, "mirror", "two", other) }, output.ExitRefused, "reg.test/mirror:two holds"},
		{"the edited tag moved", "edit removes", func(t *testing.T, s *stage) { s.registry[regHost].Push(t, "app", "1.0", other) }, output.ExitRefused, "reg.test/app:1.0 holds"},
		{"a signature was added", "promote", func(t *testing.T, s *stage) { s.registry[regHost].Push(t, "app", signature, rt.Signature("mine")) }, output.ExitRefused, ".sig holds"},
		{"a source is gone", "mounted, absent", func(t *testing.T, s *stage) { s.registry[regHost].DeleteManifest("src-amd64", amd64.Digest) },
			output.ExitNotFound, "reg.test/src-amd64@" + amd64.Digest + " does not exist any more"},
		{"a source in the target's repository is gone", "same repository, absent", func(t *testing.T, s *stage) { s.registry[regHost].DeleteManifest("app", amd64.Digest) },
			output.ExitNotFound, "reg.test/app@" + amd64.Digest + " does not exist any more"},
		{"a present manifest is gone", "streamed, same", func(t *testing.T, s *stage) { s.registry[regHost].DeleteManifest("app", amd64.Digest) },
			output.ExitRefused, "reg.test/app@" + amd64.Digest + " does not exist any more, but it existed when the plan was made"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := writerNamed(t, c.writer)
			held, plan := w.planOf(t)
			synctest.Test(t, func(t *testing.T) {
				s := newStage(w.options, held)
				defer s.close()
				c.change(t, s)
				before := s.snapshots()
				s.calm()
				o := w.apply(t, s, plan)
				if o.code != c.code || !strings.Contains(o.stderr, c.says) || !strings.Contains(o.stderr, "hint: nothing was written") {
					t.Errorf("exit %d\n%s", o.code, o.stderr)
				}
				if countWrites(s.requests()) > 0 || !reflect.DeepEqual(before, s.snapshots()) {
					t.Errorf("something was written:%s", requestLines(s.requests()))
				}
			})
		})
	}
}

// TestApplyNeedsNoTags removes and moves the tags of the sources between plan and apply.
func TestApplyNeedsNoTags(t *testing.T) {
	w := writerNamed(t, "streamed, absent")
	held, plan := w.planOf(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStage(w.options, held)
		defer s.close()
		for _, repository := range []string{"src-amd64", "src-arm64"} {
			s.registry[otherHost].Push(t, repository, "1", rt.Image{Seed: "later"}.Build())
		}
		o := w.apply(t, s, plan)
		digest, _ := s.registry[regHost].Tag("app", "1.0")
		if o.code != output.ExitDone || !strings.Contains(plan, `"digest": "`+digest+`"`) {
			t.Errorf("exit %d, %s\n%s", o.code, digest, o.stderr)
		}
	})
}

// TestApplyLosesWhatThePlanSays changes what a plan says that a tag loses: somebody may have approved that.
func TestApplyLosesWhatThePlanSays(t *testing.T) {
	w := writerNamed(t, "edit removes")
	held, plan := w.planOf(t)
	lost := regexp.MustCompile(`,\s*"lostPlatforms": \[\s*"linux/arm64"\s*\]`)
	all := regexp.MustCompile(`,\s*"previousPlatforms": \[[^]]*\]`)
	for says, changed := range map[string]string{
		"linux/s390x": lost.ReplaceAllStringFunc(plan, func(s string) string { return strings.Replace(s, "arm64", "s390x", 1) }),
		"none":        lost.ReplaceAllString(plan, ""),
		"none ":       all.ReplaceAllString(lost.ReplaceAllString(plan, ""), ""),
	} {
		if changed == plan {
			t.Fatal(plan)
		}
		synctest.Test(t, func(t *testing.T) {
			s := newStage(w.options, held)
			defer s.close()
			o := w.apply(t, s, changed)
			says := "loses linux/arm64, but the plan says that it loses " + strings.TrimSpace(says)
			if n := countWrites(s.requests()); n > 0 || o.code != output.ExitUsage || !strings.Contains(o.stderr, says) {
				t.Errorf("exit %d, %d writes\n%s", o.code, n, o.stderr)
			}
		})
	}
}

// TestApplyMovedMeanwhile lets another client move the tag after apply has looked at it.
func TestApplyMovedMeanwhile(t *testing.T) {
	w := writerNamed(t, "tags for images, absent")
	held, plan := w.planOf(t)
	other := rt.Image{Seed: "other client"}.Build()
	for tag, hint := range map[string]string{"1.0": "make a new plan", "1.0-amd64": "run the same command again"} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(w.options, held)
			defer s.close()
			var moved atomic.Bool
			s.registry[regHost].Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/app/manifests/sha256:") && moved.CompareAndSwap(false, true) {
					s.registry[regHost].Push(t, "app", tag, other)
				}
				return false
			})
			o := w.apply(t, s, plan)
			if digest, _ := s.registry[regHost].Tag("app", tag); digest != other.Digest || o.code != output.ExitRefused && o.code != output.ExitPartial || !strings.Contains(o.stderr, hint) {
				t.Errorf("%s holds %s, exit %d\n%s", tag, digest, o.code, o.stderr)
			}
		})
	}
}

// TestApplyWithoutATarget holds that a target that cannot be read does not stop the others, unless --fail-fast is given.
func TestApplyWithoutATarget(t *testing.T) {
	w := writerNamed(t, "two targets, absent")
	held, plan := w.planOf(t)
	for flag, code := range map[string]int{"--fail-fast": output.ExitUnavailable, "--quiet": output.ExitPartial} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(w.options, held)
			defer s.close()
			s.registry[otherHost].Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasPrefix(r.URL.Path, "/v2/app/") {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				return strings.HasPrefix(r.URL.Path, "/v2/app/")
			})
			o := w.apply(t, s, plan, flag)
			if _, ok := s.registry[regHost].Tag("app", "1.0"); ok != (flag == "--quiet") || o.code != code {
				t.Errorf("%s: exit %d, pushed %v\n%s", flag, o.code, ok, o.stderr)
			}
		})
	}
}

// What apply costs at most, as [TestBudgets] for a push: no tag of a source, and one look more at each tag.
func TestApplyBudgets(t *testing.T) {
	for _, b := range []budget{
		{"S1 eight platforms in a repository", sameRepository, false, 12, 4, true, 0},
		{"S2 eight repositories into a ninth", byMounts, false, 116, 10, true, 0},
		{"S3 eight repositories into another registry", anotherRegistry, false, 380, 17, true, 0},
		{"S5 six tags", sameRepository.with(func(sc *scenario) { sc.tags = strings.Split("1.0 1 a b c d", " ") }), false, 32, 7, true, 0},
		{"S6 nothing to do", byMounts, true, 9, 1, false, 0},
	} {
		t.Run(b.name, func(t *testing.T) {
			b.scenario.options.Latency = 50 * time.Millisecond
			w := writer{args: b.scenario.args(), options: b.scenario.hostOptions()}
			synctest.Test(t, func(t *testing.T) {
				s := newStage(w.options, nil)
				defer s.close()
				b.scenario.sources(t, s, false)
				plan := w.plan(t, s).stdout
				if b.again {
					b.scenario.mustRun(t, s)
				}
				s.calm()
				s.network.Latency = 50 * time.Millisecond
				o := w.apply(t, s, plan)
				if o.code != output.ExitDone {
					t.Fatalf("exit %d\n%s", o.code, o.stderr)
				}
				b.check(t, s.requests(), o)
			})
		})
	}
}

// TestApplyAgain stops apply between two tags. The same plan completes it.
func TestApplyAgain(t *testing.T) {
	w := writerNamed(t, "several tags, old")
	held, plan := w.planOf(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStage(w.options, held)
		defer s.close()
		s.registry[regHost].Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			denied := r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/latest")
			if denied {
				w.WriteHeader(http.StatusForbidden)
			}
			return denied
		})
		if o := w.apply(t, s, plan); o.code != output.ExitPartial {
			t.Fatalf("exit %d\n%s", o.code, o.stderr)
		}
		s.calm()
		o := w.apply(t, s, plan)
		first, _ := s.registry[regHost].Tag("app", "1.0")
		last, _ := s.registry[regHost].Tag("app", "latest")
		if o.code != output.ExitDone || first != last || !strings.Contains(o.stderr, "1.0 and 1 unchanged; latest moved from") || countWrites(s.requests()) != 1 {
			t.Errorf("exit %d, %s and %s\n%s%s", o.code, first, last, o.stderr, requestLines(s.requests()))
		}
	})
}
