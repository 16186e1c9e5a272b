package layout_test

import (
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
)

// Only an index is a list of referrers, and never the image itself, whatever has the name of the list.
func TestReferrersTagIsNoList(t *testing.T) {
	image := registrytest.Index(false, registrytest.Image{}.Build(), registrytest.Image{Architecture: "arm64"}.Build())
	subject, err := v1.NewHash(image.Digest)
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]registrytest.Artifact{"the image": image, "another image": image.Children[0]} {
		dir := filepath.Join(t.TempDir(), "layout")
		if err := a.WriteLayout(dir, registry.ReferrersTag(subject)); err != nil {
			t.Fatal(err)
		}
		r, err := layout.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Referrers(t.Context(), subject); err != nil || len(got) != 0 {
			t.Errorf("%s: it lists %v, %v", name, got, err)
		}
		r.Close()
	}
}

// What refers to an image is found without a name, as oras keeps it, and under the tag of registries.
func TestReferrers(t *testing.T) {
	image := registrytest.Image{}.Build()
	subject := registry.NewManifest(types.MediaType(image.MediaType), image.Manifest).Descriptor()
	one := registrytest.Refer(subject, "application/vnd.example", "one")
	two := registrytest.Refer(subject, "application/vnd.example", "two")
	dir := filepath.Join(t.TempDir(), "layout")
	for name, a := range map[string]registrytest.Artifact{
		"1.0": image,
		"":    one,
		subject.Digest.Algorithm + "-" + subject.Digest.Hex: registrytest.Index(false, two),
	} {
		if err := a.WriteLayout(dir, name); err != nil {
			t.Fatal(err)
		}
	}
	r, err := layout.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := r.Referrers(t.Context(), subject.Digest)
	if err != nil || len(got) != 2 || got[0].Digest.String() != two.Digest || got[1].Digest.String() != one.Digest {
		t.Errorf("it lists %v, %v", got, err)
	}
	if got, err := r.Referrers(t.Context(), v1.Hash{Algorithm: "sha256", Hex: subject.Digest.Hex[1:] + "0"}); err != nil || len(got) != 0 {
		t.Errorf("about something else it lists %v, %v", got, err)
	}
	if tags, err := r.Tags(t.Context()); err != nil || len(tags) != 2 {
		t.Errorf("it has the tags %q, %v", tags, err)
	}
}
