package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// theirs is what somebody else makes of the tag while it is edited.
var theirs = rt.Index(false, rt.Image{Architecture: "amd64"}.Build(), rt.Image{Architecture: "s390x"}.Build())

// editing sets up an index, an image to add to it, and somebody who moves the tag at the nth request of
// some kind.
func editing(t *testing.T, kind rt.Kind, nth int) *stage {
	s := newStage(nil, nil)
	g := s.registry[regHost]
	g.Push(t, "app", "1.0", rt.Index(false, rt.Image{Architecture: "amd64"}.Build()))
	g.Push(t, "app", "arm64", rt.Image{Architecture: "arm64"}.Build())
	g.Inject(nil, rt.Of(kind), nth, meddle("another editor", 1, func(g *rt.Registry, _ *http.Request) {
		g.Push(t, "app", "1.0", theirs)
	}))
	return s
}

// What somebody else has made of the tag since it was read is never written over, before our PUT or behind
// it; it is edited again where that is wanted.
func TestEditRaces(t *testing.T) {
	for _, test := range []struct {
		name string
		kind rt.Kind
		nth  int
	}{
		{"before the tag is looked at again", rt.LookUpTag, 1},
		{"behind our PUT", rt.LookUpTag, 2},
		{"behind our look at it", rt.ReadTag, 2},
	} {
		for _, retries := range []int{0, 1} {
			if retries == 0 && test.kind == rt.ReadTag {
				continue // nobody looks
			}
			t.Run(fmt.Sprintf("%s, %d retries", test.name, retries), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := editing(t, test.kind, test.nth)
					defer s.close()
					o := s.run(t, "", "edit", "--plain-http", "reg.test/app:1.0", "--add", "reg.test/app:arm64", "--retry-on-conflict", fmt.Sprint(retries))
					tag, _ := s.registry[regHost].Tag("app", "1.0")
					if retries == 0 {
						if o.code != output.ExitRefused || tag != theirs.Digest || !strings.Contains(o.stderr, "the tag now holds "+theirs.Digest+", not ") {
							t.Errorf("exit %d, the tag holds %s\n%s", o.code, tag, o.stderr)
						}
						return
					}
					holds := s.run(t, "", "inspect", "--plain-http", "reg.test/app:1.0").stdout
					both := strings.Contains(holds, "linux/s390x") && strings.Contains(holds, "linux/arm64") && strings.Contains(holds, "3 images")
					if o.code != output.ExitDone || !both || !strings.Contains(o.stderr, ": trying again with the current content of the tag") {
						t.Errorf("exit %d\n%s%s", o.code, holds, o.stderr)
					}
				})
			})
		}
	}
}

// A PUT that is tried again looks again first.
func TestEditRetriedPut(t *testing.T) {
	for name, answer := range map[string]func(rt.Scene){
		"503":              rt.Status(http.StatusServiceUnavailable),
		"429":              rt.Status(http.StatusTooManyRequests, "Retry-After", "30"),
		"a blob is gone":   rt.Complain(http.StatusBadRequest, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry"),
		"no answer at all": rt.HangUp,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := editing(t, rt.PutTag, 1)
				defer s.close()
				s.registry[regHost].Inject(nil, rt.Of(rt.PutTag), 1, fault(name, 1, func(scene rt.Scene) {
					scene.Registry.Push(t, "app", "1.0", theirs)
					answer(scene)
				}))
				o := s.run(t, "", "edit", "--plain-http", "reg.test/app:1.0", "--add", "reg.test/app:arm64")
				if tag, _ := s.registry[regHost].Tag("app", "1.0"); o.code != output.ExitRefused || tag != theirs.Digest {
					t.Errorf("exit %d, the tag holds %s\n%s", o.code, tag, o.stderr)
				}
			})
		})
	}
}

// What does not stand on what a tag held is not done again where somebody has moved that.
func TestEditElsewhereIsNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := editing(t, rt.LookUpTag, 2)
		defer s.close()
		s.registry[regHost].Inject(nil, rt.Of(rt.LookUpTag), 1, meddle("another", 1, func(g *rt.Registry, _ *http.Request) {
			g.Push(t, "app", "2", theirs)
		}))
		o := s.run(t, "", "edit", "--plain-http", "reg.test/app:1.0", "--add", "reg.test/app:arm64", "--tag", "2", "--retry-on-conflict", "3")
		if tag, _ := s.registry[regHost].Tag("app", "2"); o.code != output.ExitRefused || tag != theirs.Digest {
			t.Errorf("exit %d, the tag holds %s\n%s", o.code, tag, o.stderr)
		}
	})
}

// A tag that names an index which is gone has nothing to keep.
func TestKeepMissingOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := editing(t, rt.Other, 1)
		defer s.close()
		s.registry[regHost].Inject(nil, rt.Of(rt.ReadManifest), 1, fault("gone", 0, rt.Complain(http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown")))
		o := s.run(t, "", "push", "from-args", "--plain-http", "--keep-missing", "--platforms", "linux/amd64,linux/arm64",
			"--template", "reg.test/app:ARCH", "--target", "reg.test/app:1.0")
		if o.code != output.ExitNotFound {
			t.Errorf("exit %d\n%s", o.code, o.stderr)
		}
	})
}

// With --keep-missing a push stands on what the tag held, so that has to be there still.
func TestKeepMissingRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := editing(t, rt.LookUpTag, 2)
		defer s.close()
		o := s.run(t, "", "push", "from-args", "--plain-http", "--keep-missing", "--platforms", "linux/amd64,linux/arm64",
			"--template", "reg.test/app:ARCH", "--target", "reg.test/app:1.0")
		if tag, _ := s.registry[regHost].Tag("app", "1.0"); o.code != output.ExitRefused || tag != theirs.Digest {
			t.Errorf("exit %d, the tag holds %s\n%s", o.code, tag, o.stderr)
		}
	})
}
