package registry_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
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
	if _, bytes := from[0].(registry.Bytes); !bytes && r.world.forgets[d.Digest.String()] {
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
	session := &forgetful{world: w, place: s.Target, forgets: map[string]bool{}}
	for digest := range amd64.Blobs {
		session.forgets[digest] = true
	}
	for _, force := range []bool{false, true} {
		delete(w.repositories, s.Target)
		state, err := registry.Resolve(t.Context(), session, s)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := registry.PlanIndex(s, state, registry.PlanOptions{Force: force})
		if err != nil {
			t.Fatal(err)
		}
		report, err := registry.Push(t.Context(), session, plan, registry.PushOptions{Verify: true})
		if err != nil || len(report.Repaired) != len(amd64.Blobs) {
			t.Errorf("force %v: repaired %v, error %v", force, report.Repaired, err)
		}
	}
}

// A child that is gone is brought again, also where the tag is right already.
func TestLostChild(t *testing.T) {
	w := &world{}
	s := target("1.0")
	amd64 := image("amd64")
	s.Entries = []spec.Entry{w.add(t, "example.com/source:1", amd64)}
	if _, err := w.do(t.Context(), s, registry.PlanOptions{}); err != nil {
		t.Fatal(err)
	}
	child, _ := v1.NewHash(amd64.Digest)
	w.memory(s.Target).Forget(child)
	w.writes = nil
	report, err := w.do(t.Context(), s, registry.PlanOptions{})
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
	state, err := registry.Resolve(t.Context(), w, s)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := registry.PlanIndex(s, state, registry.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.memory(s.Target).Forget(lost)
	report, err := registry.Push(t.Context(), w, plan, registry.PushOptions{Verify: true})
	if !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), "--force") || statuses(report) != "1.0 failed" {
		t.Errorf("tags %s, error %v", statuses(report), err)
	}
	if slices.Contains(w.writes, "1.0") {
		t.Error("the tag was moved all the same")
	}
	if _, err := registry.Push(t.Context(), w, plan, registry.PushOptions{}); err != nil {
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
	w.do(t.Context(), s, registry.PlanOptions{})
}
