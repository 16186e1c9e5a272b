package push_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// forgetful is a world whose target takes blobs and forgets some of them, until they are sent as bytes.
type forgetful struct {
	*world
	place   spec.Place
	forgets map[string]bool
}

func (f *forgetful) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	r, err := f.world.Open(ctx, place)
	if place == f.place {
		r = &forgetfulRepository{r, f}
	}
	return r, err
}

type forgetfulRepository struct {
	registry.Repository
	world *forgetful
}

func (r *forgetfulRepository) PutBlob(ctx context.Context, d v1.Descriptor, from ...registry.Repository) (registry.Transfer, error) {
	if _, bytes := from[0].(registry.ForceUpload); !bytes && r.world.forgets[d.Digest.String()] {
		return registry.Mounted, nil
	}
	return r.Repository.PutBlob(ctx, d, from...)
}

// PutManifest refuses as a registry does that checks what a manifest refers to.
func (r *forgetfulRepository) PutManifest(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	err := r.Repository.PutManifest(ctx, ref, m)
	if errors.Is(err, registry.ErrRefused) {
		return missesSomething{err}
	}
	return err
}

type missesSomething struct{ error }

func (missesSomething) Incomplete() bool { return true }
func (e missesSomething) Unwrap() error  { return e.error }

// A blob that the target said it has, and has not, is sent; what was repaired is told.
func TestLyingMount(t *testing.T) {
	w := &world{}
	s := target("1.0")
	amd64 := image("amd64")
	s.Entries = []spec.Entry{w.add(t, "example.com/source:1", amd64)}
	session := &forgetful{world: w, place: s.Targets[0].Place, forgets: map[string]bool{}}
	for digest := range amd64.Blobs {
		session.forgets[digest] = true
	}
	for _, force := range []bool{false, true} {
		delete(w.repositories, s.Targets[0].Place)
		plan := planned(t, session, s, plan.Options{Force: force})
		report, err := push.Do(t.Context(), session, plan, push.Options{Verify: true})
		repaired := len(amd64.Blobs)
		if force { // all is sent at once
			repaired = 0
		}
		if err != nil || len(report.Repaired) != repaired || report.Blobs.Streamed == 0 && force {
			t.Errorf("force %v: repaired %v, %+v, error %v", force, report.Repaired, report.Blobs, err)
		}
	}
}

// A child that is gone is brought again, also where the tag is right already.
func TestLostChild(t *testing.T) {
	w := &world{}
	s := target("1.0")
	amd64 := image("amd64")
	s.Entries = []spec.Entry{w.add(t, "example.com/source:1", amd64)}
	if _, err := w.do(t.Context(), s, plan.Options{}); err != nil {
		t.Fatal(err)
	}
	child, _ := v1.NewHash(amd64.Digest)
	w.memory(s.Targets[0].Place).Forget(child)
	w.writes = nil
	report, err := w.do(t.Context(), s, plan.Options{})
	if err != nil || !slices.Contains(w.writes, amd64.Digest) || slices.Contains(w.writes, "1.0") {
		t.Errorf("writes %q, error %v", w.writes, err)
	}
	if diff := cmp.Diff([]v1.Hash{child}, report.Repaired); diff != "" {
		t.Errorf("repaired (-want +got):\n%s", diff)
	}
}

// With Verify no tag moves before all was read back.
func TestVerifyBeforeTags(t *testing.T) {
	w := &world{}
	s := target("1.0")
	amd64 := image("amd64")
	s.Entries = []spec.Entry{w.add(t, "example.com/app:amd64", amd64)}
	var lost v1.Hash
	for digest := range amd64.Blobs {
		lost, _ = v1.NewHash(digest)
	}
	plan := planned(t, w, s, plan.Options{})
	w.memory(s.Targets[0].Place).Forget(lost)
	report, err := push.Do(t.Context(), w, plan, push.Options{Verify: true})
	if !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), "--force") || statuses(report) != "1.0 failed" {
		t.Errorf("tags %s, error %v", statuses(report), err)
	}
	if slices.Contains(w.writes, "1.0") {
		t.Error("the tag was moved all the same")
	}
	if _, err := push.Do(t.Context(), w, plan, push.Options{}); err != nil {
		t.Errorf("without Verify: %v", err)
	}
}

// A panic ends in the goroutine that waits, where it is caught and told.
func TestPanicComesHome(t *testing.T) {
	w := &world{put: func(registry.Ref, func() error) error { panic("a bug") }}
	s := target("1.0")
	s.Entries = []spec.Entry{w.add(t, "example.com/source:1", registrytest.Image{}.Build())}
	defer func() {
		if stack, ok := recover().(interface{ Stack() []byte }); !ok || !strings.Contains(string(stack.Stack()), "PutManifest") {
			t.Errorf("recovered %v", stack)
		}
	}()
	w.do(t.Context(), s, plan.Options{})
}

// Where one tag cannot be read back and another is refused, each is told as what it is.
func TestPartialTellsAll(t *testing.T) {
	w := &world{put: func(ref registry.Ref, put func() error) error {
		switch ref.Tag {
		case "2":
			return registry.Errorf(registry.ErrRefused, "no")
		case "3":
			return registry.Errorf(registry.ErrUnavailable, "no answer")
		}
		return put()
	}}
	s := target("1", "2", "3")
	s.Entries = []spec.Entry{w.add(t, "example.com/app:amd64", image("amd64"))}
	report, err := w.do(t.Context(), s, plan.Options{})
	var partial *push.PartialError
	if !errors.As(err, &partial) || statuses(report) != "1 created, 2 failed, 3 unknown" {
		t.Fatalf("tags %s, error %v", statuses(report), err)
	}
	if want := "tags moved: 1; not moved: 2; unknown: 3: push example.com/app:2: no"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// With Verify the index is read back too: what a registry says of it in a header is not enough.
func TestVerifyReadsIndex(t *testing.T) {
	w := &world{}
	s := target("1.0")
	s.Entries = []spec.Entry{w.add(t, "example.com/app:amd64", image("amd64"))}
	plan := planned(t, w, s, plan.Options{})
	w.describe = func(ref registry.Ref, d v1.Descriptor, err error) (v1.Descriptor, error) {
		if ref.Digest == plan.Index.Digest {
			return plan.Index.Descriptor(), nil
		}
		return d, err
	}
	if _, err := push.Do(t.Context(), w, plan, push.Options{Verify: true}); !errors.Is(err, registry.ErrUnverified) {
		t.Errorf("error %v", err)
	}
}

// A blob that fails ends the others of its image.
func TestBlobFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		s := target("1.0")
		s.Entries = []spec.Entry{w.add(t, "example.com/source:1", image("amd64"))}
		start := time.Now()
		_, err := (&slow{world: w, place: s.Targets[0].Place}).do(t.Context(), s)
		if took := time.Since(start); !errors.Is(err, registry.ErrRefused) || took > time.Minute {
			t.Errorf("error %v after %s", err, took)
		}
	})
}

// slow is a world whose target refuses the first blob that it gets, and takes its time with the others.
type slow struct {
	*world
	place spec.Place
	asked atomic.Bool
}

func (s *slow) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	r, err := s.world.Open(ctx, place)
	if place == s.place {
		r = slowRepository{r, s}
	}
	return r, err
}

func (s *slow) do(ctx context.Context, sp spec.Spec) (push.Report, error) {
	state, err := resolve.Push(ctx, s, sp, plan.Options{})
	if err != nil {
		return push.Report{}, err
	}
	plans, _, err := plan.Push(sp, state, plan.Options{})
	if err != nil {
		return push.Report{}, err
	}
	return push.Do(ctx, s, plans[0].Plan, push.Options{})
}

type slowRepository struct {
	registry.Repository
	world *slow
}

func (r slowRepository) PutBlob(ctx context.Context, _ v1.Descriptor, _ ...registry.Repository) (registry.Transfer, error) {
	if !r.world.asked.Swap(true) {
		return 0, registry.Errorf(registry.ErrRefused, "not this one")
	}
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(time.Hour):
		return registry.Streamed, nil
	}
}

// A registry that takes its time to find what it was given gets an index again, within an index too, and gets what
// it has lost before that.
func TestIndexIsAskedForAgain(t *testing.T) {
	amd64, arm64 := image("amd64"), image("arm64")
	inner := registrytest.Index(false, amd64)
	outer := registrytest.Index(false, inner, arm64)
	for name, test := range map[string]struct {
		slow    registrytest.Artifact
		times   int
		loses   bool // the image of the index that is slow to be taken
		refused bool
	}{
		"the index":                  {slow: outer, times: 4},
		"the index within":           {slow: inner, times: 4},
		"for ever":                   {slow: outer, times: 1000, refused: true},
		"the index within, for ever": {slow: inner, times: 1000, refused: true},
		"an image is lost":           {slow: inner, times: 1, loses: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{}
				e := w.add(t, "example.com/dev/app:1.0", outer)
				var tries atomic.Int32
				s := target("1.0")
				lost, _ := v1.NewHash(amd64.Digest)
				w.put = func(ref registry.Ref, put func() error) error {
					isSlow := ref.String() == test.slow.Digest || ref.Tag == "1.0" && test.slow.Digest == outer.Digest
					if isSlow && int(tries.Add(1)) <= test.times {
						if test.loses {
							w.memory(s.Targets[0].Place).Forget(lost)
						}
						return missesSomething{registry.Errorf(registry.ErrRefused, "404")}
					}
					return put()
				}
				start := time.Now()
				_, _, err := w.copiedWith(t, e, plan.Options{})
				took := time.Since(start)
				if test.refused && (!errors.Is(err, registry.ErrRefused) || took < 25*time.Second || took > 40*time.Second) || !test.refused && err != nil {
					t.Errorf("after %s and %d tries: %v", took, tries.Load(), err)
				}
				if _, err := w.memory(s.Targets[0].Place).Describe(t.Context(), registry.Ref{Tag: "1.0"}); (err != nil) != test.refused {
					t.Errorf("the tag: %v", err)
				}
			})
		})
	}
}
