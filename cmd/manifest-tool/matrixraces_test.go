package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// Rows of the matrix in which somebody else is at work, or we are stopped.

// meddle makes a fault of something that is done before the registry answers as always.
func meddle(name string, times int, do func(g *rt.Registry, r *http.Request)) rt.Fault {
	return fault(name, times, func(s rt.Scene) {
		do(s.Registry, s.R)
		s.Registry.Answer(s.W, s.R)
	})
}

func TestRaces(t *testing.T) {
	third := rt.Index(false, rt.Image{Seed: "third"}.Build())
	another := func(g *rt.Registry, _ *http.Request) { g.Push(t, "app", "1.0", third) }
	child := mounted.images()["reg.test/src-arm64:1"]
	gone := func(g *rt.Registry, _ *http.Request) { g.DeleteManifest("app", child.Digest) }
	retag := func(g *rt.Registry, _ *http.Request) {
		g.Push(t, "src-arm64", "1", rt.Image{Architecture: "arm64", Seed: "newer"}.Build())
	}
	for _, r := range []matrixCase{
		{id: "F80", scenario: mounted, on: []rt.Kind{rt.PutTag}, fault: meddle("a child is collected", 1, gone), code: output.ExitDone, moved: true},
		{id: "F80", scenario: mounted, on: []rt.Kind{rt.PutTag}, fault: meddle("a child is collected again and again", 0, gone), code: output.ExitRefused, words: []string{"MANIFEST_BLOB_UNKNOWN"}},
		{id: "F81", scenario: mounted, on: []rt.Kind{rt.Mount}, fault: meddle("a source's tag moves", 0, retag), code: output.ExitDone, moved: true},
	} {
		t.Run(r.id+" "+r.fault.Name, r.run)
	}
	t.Run("F78 another pusher", func(t *testing.T) {
		recorded := recordRun(t, here, old)
		synctest.Test(t, func(t *testing.T) {
			s := recorded.stage()
			defer s.close()
			s.registry[regHost].Inject(nil, rt.Of(rt.LookUpTag), 1, meddle("another pusher", 1, another))
			o := here.run(t, s)
			if tag, _ := s.registry[regHost].Tag("app", "1.0"); tag != third.Digest || o.code != output.ExitRefused ||
				!strings.Contains(o.stderr, third.Digest) || !strings.Contains(o.stderr, recorded.digest) {
				t.Errorf("exit %d, the tag holds %s\n%s", o.code, tag, o.stderr)
			}
		})
	})
}

// What the registry has lost since the last push is found, and brought again: a child always, what a
// child needs only where it is asked for, as nobody looks at it otherwise.
func TestLostSince(t *testing.T) {
	lostChild := func(g *rt.Registry, image rt.Artifact) { g.DeleteManifest("app", image.Digest) }
	lostBlob := func(g *rt.Registry, image rt.Artifact) {
		for digest := range image.Blobs {
			g.DeleteBlob("app", digest)
		}
	}
	for _, test := range []struct {
		name  string
		prior prior
		lose  func(*rt.Registry, rt.Artifact)
		flags []string
		code  int
		whole bool
	}{
		{"F59 a child, the tag is right", same, lostChild, nil, output.ExitDone, true},
		{"F58 blobs of a child, nobody looks", same, lostBlob, nil, output.ExitDone, false},
		{"F58 blobs of a child, --verify", same, lostBlob, []string{"--verify"}, output.ExitUnverified, false},
		{"F58 blobs of a child, --force", same, lostBlob, []string{"--force"}, output.ExitDone, true},
		{"F58 blobs of a child, --force --verify", same, lostBlob, []string{"--force", "--verify"}, output.ExitDone, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			recorded := recordRun(t, mounted, test.prior)
			synctest.Test(t, func(t *testing.T) {
				s := recorded.stage()
				defer s.close()
				test.lose(s.registry[regHost], mounted.images()["reg.test/src-arm64:1"])
				o := mounted.run(t, s, test.flags...)
				found := s.walk(regHost, "app", "1.0")
				if o.code != test.code || (len(found.Wrong) == 0) != test.whole {
					t.Errorf("exit %d; %v\n%s", o.code, found.Wrong, o.stderr)
				}
			})
		})
	}
}

// F54: a registry that mounts nothing, says that it did, and checks nothing is found out where that
// is asked for; before a tag moves.
func TestLyingMountUnchecked(t *testing.T) {
	for _, test := range []struct {
		flags []string
		code  int
	}{{nil, output.ExitDone}, {[]string{"--verify"}, output.ExitUnverified}, {[]string{"--force"}, output.ExitDone}} {
		synctest.Test(t, func(t *testing.T) {
			sc := mounted.with(func(sc *scenario) { sc.options.Unchecked = true })
			s := newStage(sc.hostOptions(), nil)
			defer s.close()
			sc.sources(t, s, false)
			s.registry[regHost].Inject(nil, rt.Of(rt.Mount), 1, fault("a lie", 0, rt.Pretend))
			o := sc.run(t, s, test.flags...)
			found := s.walk(regHost, "app", "1.0")
			whole := found.Digest != "" && len(found.Wrong) == 0
			if o.code != test.code || whole != (len(test.flags) > 0 && test.code == output.ExitDone) || test.code != output.ExitDone && found.Digest != "" {
				t.Errorf("%q: exit %d; %v\n%s", test.flags, o.code, found.Wrong, o.stderr)
			}
		})
	}
}

// F75, F76: whatever request it is stopped at, by a signal or for good, no tag is broken, and the
// next run goes on from there.
func TestStopped(t *testing.T) {
	for _, sc := range scenarios {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			recorded := recordRun(t, sc, old)
			for i, m := range recorded.requestPoints() {
				if long > 0 || (i+int(signal))%3 == 0 {
					t.Run(sc.name+"/"+signal.String()+" at "+string(m.kind), func(t *testing.T) {
						t.Parallel()
						recorded.stop(t, m, signal)
					})
				}
			}
		}
	}
}

func (r dryRun) stop(t *testing.T, m requestPoint, signal os.Signal) {
	synctest.Test(t, func(t *testing.T) {
		s := r.stage()
		defer s.close()
		ctx, cancel := context.WithCancelCause(t.Context())
		s.ctx = ctx
		stopped := fault("stopped", 0, func(scene rt.Scene) {
			cancel(output.Interrupted{Signal: signal})
			scene.Wait()
		})
		happened := s.registry[m.host].Inject(s.network.Over(), rt.At(m.point), m.nth, stopped)
		a := testCase{dryRun: r, moment: m, fault: stopped, stage: s, outcome: r.run(t, s)}
		if happened() == 0 && r.first(m) {
			return // in this run it was another request that got the challenge
		}
		want := map[os.Signal]int{syscall.SIGINT: output.ExitInterrupt, syscall.SIGTERM: output.ExitTerminate}[signal]
		if a.code != want || a.took > 3*time.Second || a.stdout != "" {
			t.Errorf("exit %d after %s, want %d\n%s%s", a.code, a.took, want, a.stdout, a.stderr)
		}
		for name, invariant := range map[string]func() error{"I1": a.tagWhole, "I3": a.nothingGone, "I6": a.noSecrets, "I11": a.nothingLeft, "I12": a.printable} {
			if err := invariant(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		s.calm()
		s.ctx = nil
		if again := r.run(t, s); again.code != output.ExitDone || again.stdout != r.result {
			t.Errorf("again: exit %d\n%s", again.code, again.stderr)
		}
	})
}

// F94: with stdout closed the push is done, and the exit code tells.
func TestStdoutClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(here.hostOptions(), nil)
		defer s.close()
		here.sources(t, s, false)
		s.stdout = brokenPipe{}
		o := here.run(t, s)
		if found := s.walk(regHost, "app", "1.0"); o.code != output.ExitFailure || found.Digest == "" || len(found.Wrong) > 0 {
			t.Errorf("exit %d, %v\n%s", o.code, found, o.stderr)
		}
	})
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// F95: what was never meant to happen ends the run in order, wherever it happens.
func TestPanics(t *testing.T) {
	for i := range 5 {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(here.hostOptions(), nil)
			defer s.close()
			here.sources(t, s, true)
			var n atomic.Int32
			s.wrap = func(next http.RoundTripper) http.RoundTripper {
				return tripper(func(r *http.Request) (*http.Response, error) {
					if int(n.Add(1)) == i+1 {
						panic(errors.New("as the test says"))
					}
					return next.RoundTrip(r)
				})
			}
			o := here.run(t, s)
			if o.code != output.ExitFailure || !strings.Contains(o.stderr, "internal error") || o.stdout != "" {
				t.Errorf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
			}
			if found := s.walk(regHost, "app", "1.0"); found.Digest == "" || len(found.Wrong) > 0 {
				t.Errorf("%v", found)
			}
		})
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// F74: an image that is listed for another platform than its config says is a warning, or an error
// for those who are strict.
func TestPlatformLie(t *testing.T) {
	for flag, want := range map[string]int{"": output.ExitDone, "--strict": output.ExitUnverified} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(here.hostOptions(), nil)
			defer s.close()
			s.registry[regHost].Push(t, "app", "amd64", rt.Image{}.Build())
			s.registry[regHost].Push(t, "app", "arm64", rt.Image{Seed: "amd64 too"}.Build())
			o := here.run(t, s, strings.Fields(flag)...)
			if o.code != want || !strings.Contains(o.stderr, "linux/arm64") || !strings.Contains(o.stderr, "linux/amd64") {
				t.Errorf("%q: exit %d\n%s", flag, o.code, o.stderr)
			}
		})
	}
}
