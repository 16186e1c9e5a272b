package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/schematest"
)

// A writer is a command that writes, and what there is before it.
type writer struct {
	name    string
	args    []string
	stdin   string
	options map[string]rt.Options
	setup   func(*testing.T, *stage)
	all     bool // copy --all-tags checks all images first
}

// writers are the commands that plan knows: the scenarios of pushes with all that their tags may hold before, and the
// other commands.
func writers(t *testing.T) []writer {
	var all []writer
	for _, sc := range scenarios {
		if slices.Contains(sc.flags, "--attest") {
			continue // plan has no --attest: a plan file has no room for the bytes of a provenance
		}
		for _, p := range []prior{absent, old, same} {
			stdin := sc.options.Users["ci"]
			if sc.second {
				stdin = sc.spec()
			}
			all = append(all, writer{name: sc.name + ", " + string(p), args: sc.args(), stdin: stdin, options: sc.hostOptions(), setup: func(t *testing.T, s *stage) {
				sc.sources(t, s, p == old)
				if p == same {
					sc.mustRun(t, s)
				}
			}})
		}
	}
	index := rt.Index(false, rt.Image{Architecture: "amd64"}.Build(), rt.Image{Architecture: "arm64"}.Build())
	attested := rt.Index(false, rt.Attested(rt.Image{Architecture: "riscv64"}.Build()), rt.Image{Architecture: "s390x"}.Build())
	put := func(t *testing.T, s *stage) {
		s.registry[regHost].Push(t, "app", "1.0", index)
		s.registry[regHost].Push(t, "src", "s390x", rt.Image{Architecture: "s390x"}.Build())
		s.registry[otherHost].Push(t, "src", "one", rt.Image{Seed: "one"}.Build())
		s.registry[otherHost].Push(t, "src", "two", index)
		s.registry[otherHost].Push(t, "src", "three", attested)
		rt.PushAbout(t, s.registry[otherHost], "src", index)
	}
	digests := filepath.Join(t.TempDir(), "digests")
	image := rt.Image{Architecture: "s390x"}.Build()
	if err := os.WriteFile(digests, []byte("reg.test/src@"+image.Digest+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string]string{
		"edit adds":             "edit reg.test/app:1.0 --add reg.test/src:s390x",
		"edit removes":          "edit reg.test/app:1.0 --remove linux/arm64",
		"edit to another tag":   "edit reg.test/app:1.0 --remove linux/arm64 --tag 2.0",
		"edit changes nothing":  "edit reg.test/app:1.0 --add reg.test/app@" + rt.Image{Architecture: "amd64"}.Build().Digest,
		"split":                 "split reg.test/app:1.0 --platform-tags TAG-ARCH",
		"from-digests":          "push from-digests --target reg.test/app:1.0 " + digests,
		"by digest":             "push from-digests --by-digest --target reg.test/app " + digests,
		"copy of an image":      "copy other.test/src:one reg.test/app:one",
		"copy of attestations":  "copy other.test/src:three reg.test/app:1.0 --tags 2.0",
		"copy of platforms":     "copy other.test/src:two reg.test/app:1.0 --platforms linux/arm64",
		"copy with force":       "copy --force other.test/src:two reg.test/app:1.0",
		"copy to two places":    "copy other.test/src:two reg.test/app:1.0 reg.test/app2:1.0 other.test/app:1.0",
		"promote":               "promote other.test/src:two reg.test/app:1.0 --referrers",
		"promote, platform tag": "promote other.test/src:two reg.test/new:1.0 --platform-tags TAG-ARCH",
	} {
		all = append(all, writer{name: name, args: append([]string{"--plain-http"}, strings.Split(args, " ")...), setup: put})
	}
	return append(all, writer{name: "all tags", setup: put, all: true,
		args: strings.Split("--plain-http copy --all-tags --referrers other.test/src reg.test/mirror", " ")})
}

// before is what the registries hold before the command.
func (w writer) before(t *testing.T) map[string]rt.Snapshot {
	var held map[string]rt.Snapshot
	synctest.Test(t, func(t *testing.T) {
		s := newStage(w.options, nil)
		defer s.close()
		w.setup(t, s)
		held = s.snapshots()
	})
	return held
}

// plan runs the command below plan.
func (w writer) plan(t *testing.T, s *stage, more ...string) outcome {
	t.Helper()
	args := append([]string{"plan"}, w.args...)
	return s.run(t, w.stdin, append(args, more...)...)
}

// apply applies a plan with the flags for connections of the command.
func (w writer) apply(t *testing.T, s *stage, plan string, more ...string) outcome {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, []byte(plan), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"apply", "--plain-http", file}
	if w.options[regHost].Users != nil {
		args = append(args, "--username", "ci", "--password-stdin")
	}
	return s.run(t, w.options[regHost].Users["ci"], append(args, more...)...)
}

func countWrites(requests []rt.Request) (n int) {
	for _, r := range requests {
		if r.Kind().Writes() {
			n++
		}
	}
	return n
}

// TestPlanAndApply compares plan and apply with the command itself: the same content in the registries, the same result,
// and no more requests.
func TestPlanAndApply(t *testing.T) {
	schemas := schematest.Load(t, os.DirFS("../../docs/schema"))
	for _, w := range writers(t) {
		t.Run(w.name, func(t *testing.T) {
			held := w.before(t)
			var direct map[string]rt.Snapshot
			var pushed []rt.Request
			var result string
			synctest.Test(t, func(t *testing.T) {
				s := newStage(w.options, held)
				defer s.close()
				o := s.run(t, w.stdin, w.args...)
				if o.code != output.ExitDone {
					t.Fatalf("exit %d\n%s", o.code, o.stderr)
				}
				direct, pushed, result = s.snapshots(), s.requests(), o.stdout
			})
			synctest.Test(t, func(t *testing.T) {
				s := newStage(w.options, held)
				defer s.close()
				planned := w.plan(t, s)
				if planned.code != output.ExitDone || countWrites(s.requests()) > 0 {
					t.Fatalf("plan: exit %d, %d writes\n%s", planned.code, countWrites(s.requests()), planned.stderr)
				}
				if again := w.plan(t, s); again.stdout != planned.stdout {
					t.Error("the second plan is another one")
				}
				if shows(planned.stdout) {
					t.Errorf("the plan shows a secret:\n%s", planned.stdout)
				}
				if name, err := schemas.CheckOutput([]byte(planned.stdout)); name != "plan-v1" || err != nil {
					t.Errorf("schema %q: %v\n%s", name, err, planned.stdout)
				}
				s.calm()
				applied := w.apply(t, s, planned.stdout)
				if applied.code != output.ExitDone || applied.stdout != result {
					t.Fatalf("apply: exit %d\n%s%s\nwant %s\n%s", applied.code, applied.stdout, applied.stderr, result, planned.stdout)
				}
				if got := s.snapshots(); !reflect.DeepEqual(got, direct) {
					t.Errorf("the registries hold something else\n%s%s", applied.stderr, planned.stdout)
				}
				w.checkRequests(t, planned.stdout, s.requests(), pushed)
				s.calm()
				if again := w.apply(t, s, planned.stdout); again.code != output.ExitDone || again.stdout != result && !w.all {
					t.Errorf("apply again: exit %d\n%s", again.code, again.stderr)
				}
				if n := countWrites(s.requests()); n > 0 && !strings.Contains(planned.stdout, `"force": true`) && !strings.Contains(w.name, "tokens") {
					t.Errorf("apply again: %d writes", n)
				}
			})
		})
	}
}

// checkRequests checks the number of requests of apply, and that no tag of a source was read.
func (w writer) checkRequests(t *testing.T, plan string, applied, pushed []rt.Request) {
	t.Helper()
	var p struct {
		Images []struct {
			Targets []struct {
				Target string
				Tags   []struct{ Tag, Action string }
			}
		}
		Totals struct{ Requests struct{ AtLeast, AtMost int } }
	}
	if err := json.Unmarshal([]byte(plan), &p); err != nil {
		t.Fatal(err)
	}
	paths, looks := map[string]bool{}, 0
	for _, i := range p.Images {
		for _, target := range i.Targets {
			host, repository, _ := strings.Cut(target.Target, "/")
			for _, tag := range target.Tags {
				paths[host+"/v2/"+repository+"/manifests/"+tag.Tag] = true
				if tag.Action != "unchanged" {
					looks++ // directly before the write, at a tag that another client may have moved
				}
			}
		}
	}
	n, pushes := 0, 0
	for _, r := range pushed {
		if r.Kind() != rt.Token {
			pushes++
		}
	}
	for _, r := range applied {
		if r.Kind() != rt.Token && r.Status != http.StatusUnauthorized {
			n++
		}
		_, ref, isManifest := strings.Cut(r.Path, "/manifests/")
		if isManifest && !strings.HasPrefix(ref, "sha256") && !paths[r.Host+r.Path] {
			t.Errorf("apply needs the tag %s%s", r.Host, r.Path)
		}
	}
	t.Logf("push %d, apply %d of %d to %d requests", pushes, n, p.Totals.Requests.AtLeast, p.Totals.Requests.AtMost)
	if n > pushes+looks {
		t.Errorf("%d requests, and a push has %d, and %d tags:%s", n, pushes, looks, requestLines(applied))
	}
	if n < p.Totals.Requests.AtLeast || n > p.Totals.Requests.AtMost {
		t.Errorf("%d requests, and the plan says %d to %d:%s", n, p.Totals.Requests.AtLeast, p.Totals.Requests.AtMost, requestLines(applied))
	}
}

func requestLines(requests []rt.Request) string {
	text := ""
	for _, r := range requests {
		text += fmt.Sprintf("\n%s %s", r.Host, r)
	}
	return text
}

// planOf plans a command in a bubble, and returns what the registries hold, and the plan.
func (w writer) planOf(t *testing.T) (held map[string]rt.Snapshot, plan string) {
	held = w.before(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStage(w.options, held)
		defer s.close()
		o := w.plan(t, s)
		if plan = o.stdout; o.code != output.ExitDone {
			t.Fatalf("exit %d\n%s", o.code, o.stderr)
		}
	})
	return held, plan
}

func writerNamed(t *testing.T, name string) writer {
	for _, w := range writers(t) {
		if w.name == name {
			return w
		}
	}
	t.Fatalf("no command %q", name)
	return writer{}
}

// TestReferrersThatAreNotShown holds that a plan does not depend on whether a registry shows referrers: what is not known
// is left out.
func TestReferrersThatAreNotShown(t *testing.T) {
	w := writerNamed(t, "edit removes")
	held := w.before(t)
	for name, answer := range map[string]func(rt.Scene){
		"denied": rt.Status(http.StatusForbidden), "broken": rt.Status(http.StatusInternalServerError), "no answer": rt.Stall,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(w.options, held)
				defer s.close()
				s.registry[regHost].AnswerOptional(s.network.Over(), answer, answer)
				o := w.plan(t, s)
				if o.code != output.ExitDone || strings.Contains(o.stdout, "losesReferrers") || o.took > 10*time.Second {
					t.Errorf("exit %d after %s\n%s%s", o.code, o.took, o.stdout, o.stderr)
				}
			})
		})
	}
}
