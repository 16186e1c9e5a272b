package push_test

import (
	"errors"
	"testing"
	"testing/synctest"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// copied copies what an entry names into example.com/app:1.0.
func (w *world) copied(t *testing.T, e spec.Entry, o plan.Options) (plan.TargetPlan, error) {
	t.Helper()
	s := target("1.0")
	s.Entries = []spec.Entry{e}
	original, err := resolve.Copy(t.Context(), w, s, plan.Options{})
	if err != nil {
		return plan.TargetPlan{}, err
	}
	plans, _, err := plan.Copy(s, original, o)
	if err != nil {
		return plan.TargetPlan{}, err
	}
	_, err = push.All(t.Context(), w, plans, push.Options{Verify: true})
	return plans[0], err
}

// A copy is byte for byte, whatever it is, with all that is below it.
func TestCopy(t *testing.T) {
	attested := registrytest.Attested(image("amd64"))
	for name, original := range map[string]registrytest.Artifact{
		"an index":             registrytest.Index(false, image("amd64"), image("arm64")),
		"a Docker list":        registrytest.Index(true, registrytest.Image{Docker: true}.Build()),
		"one with attestation": attested,
		"an index in an index": registrytest.Index(false, registrytest.Index(false, attested), image("s390x")),
		"a single image":       image("amd64"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{}
				e := w.add(t, "example.com/dev/app:1.0-rc1", original)
				pl, err := w.copied(t, e, plan.Options{})
				if err != nil {
					t.Fatal(err)
				}
				got, err := w.memory(pl.Target).Manifest(t.Context(), registry.Ref{Tag: "1.0"})
				if err != nil || string(got.Bytes) != string(original.Manifest) || got.MediaType != types.MediaType(original.MediaType) {
					t.Fatalf("1.0 is %s %s, %v", got.MediaType, got.Bytes, err)
				}
				w.writes = nil
				if _, err := w.copied(t, e, plan.Options{}); err != nil || len(w.writes) > 0 {
					t.Errorf("again, it writes %q, %v", w.writes, err)
				}
			})
		})
	}
}

// A smaller index keeps the bytes of what it keeps.
func TestCopyNarrowed(t *testing.T) {
	amd64, arm64 := platformOf(t, "linux/amd64"), platformOf(t, "linux/arm64")
	w := &world{}
	e := w.add(t, "example.com/dev/app:1.0", registrytest.Index(false, image("amd64"), image("arm64"), image("s390x")))
	pl, err := w.copied(t, e, plan.Options{Platforms: []v1.Platform{amd64, arm64}})
	if err != nil {
		t.Fatal(err)
	}
	want := registrytest.Index(false, image("amd64"), image("arm64"))
	if string(pl.Index.Bytes) != string(want.Manifest) {
		t.Errorf("got  %s\nwant %s", pl.Index.Bytes, want.Manifest)
	}
	if _, err := w.copied(t, e, plan.Options{Platforms: []v1.Platform{platformOf(t, "linux/riscv64")}}); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("a platform that is not there: %v", err)
	}
	if _, err := w.copied(t, e, plan.Options{Require: []v1.Platform{platformOf(t, "linux/riscv64")}}); !errors.Is(err, registry.ErrUnverified) {
		t.Errorf("a platform that is required: %v", err)
	}
}

func platformOf(t *testing.T, s string) v1.Platform {
	t.Helper()
	p, err := platforms.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
