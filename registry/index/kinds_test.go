package index_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
)

// shapeIndex is the index of a shape of package registrytest.
func shapeIndex(t testing.TB, name string) index.Index {
	t.Helper()
	s, ok := registrytest.Shapes()[name]
	if !ok {
		t.Fatalf("there is no shape %q", name)
	}
	return parse(t, s.Manifest)
}

func parse(t testing.TB, raw []byte) index.Index {
	t.Helper()
	x, err := index.Parse(registry.NewManifest(types.OCIImageIndex, raw))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// kinds shows the entries of an index, one a line: kind, platform, and the place of the image that an
// entry belongs to.
func kinds(entries []index.Entry) string {
	var lines []string
	for _, e := range entries {
		line := string(e.Kind)
		if p := e.Platform.String(); p != "" {
			line += " " + p
		}
		for i, o := range entries {
			if e.IsAttached() && o.Descriptor.Digest == e.Subject {
				line += fmt.Sprintf(" #%d", i+1)
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

// shapeKinds are the kinds that descriptors alone tell.
var shapeKinds = map[string]string{
	"annotated":      "image linux/amd64, image linux/arm64, artifact",
	"chart":          "image linux/amd64, image linux/arm64, image",
	"cnab":           "image, image, image, index",
	"disk":           "image linux/amd64, image linux/arm64, image linux/amd64, image linux/amd64, artifact linux/amd64",
	"hostprocess":    "image windows/amd64:10.0.17763.5329, image windows/amd64:10.0.20348.2227, image windows/amd64",
	"levels":         "image linux/amd64, image linux/amd64/v2, image linux/amd64/v3, image linux/arm64, attestation #1, attestation #2, attestation #3, attestation #4",
	"lone":           "image",
	"lone-config":    "image",
	"machine-os":     "image linux/amd64, image linux/arm64, image linux/x86_64, image linux/x86_64, image linux/aarch64, image linux/aarch64",
	"model":          "image",
	"nydus":          "image linux/amd64, image linux/amd64",
	"nydus-artifact": "image linux/amd64, artifact linux/amd64",
	"sbom":           "image linux/amd64, image linux/arm64, attestation #1, attestation #2, artifact, artifact linux, image linux",
	"soci":           "image linux/amd64, image linux/arm64, companion linux/amd64 #1, companion linux/arm64 #2",
	"soci-attested":  "image linux/amd64, image, companion linux/amd64 #1",
	"sparse":         "image linux/amd64, image linux/arm64",
	"zstd":           "image linux/amd64, image linux/arm64, image linux/amd64, image linux/arm64",
}

// described adds to an index what the manifests of a shape say.
func described(t *testing.T, name string) []index.Entry {
	t.Helper()
	s, entries := registrytest.Shapes()[name], shapeIndex(t, name).Entries
	for i := range entries {
		at := slices.IndexFunc(s.Children, func(a registrytest.Artifact) bool { return a.Digest == entries[i].Descriptor.Digest.String() })
		if at < 0 {
			continue // absent
		}
		doc, err := registry.ParseDocument(registry.NewManifest(types.MediaType(s.Children[at].MediaType), s.Children[at].Manifest))
		if err != nil {
			t.Fatal(err)
		}
		entries[i].Describe(doc)
		if doc.Subject != nil {
			entries[i].Attach(doc.Subject.Digest, entries)
		}
	}
	return entries
}

// describedKinds are the kinds that the manifests tell, where they differ.
var describedKinds = map[string]string{
	"disk":       "image linux/amd64, image linux/arm64, artifact linux/amd64, artifact linux/amd64, artifact linux/amd64",
	"lone":       "artifact",
	"machine-os": "image linux/amd64, image linux/arm64, artifact linux/x86_64, artifact linux/x86_64, artifact linux/aarch64, artifact linux/aarch64",
	"model":      "artifact",
	"sbom":       "image linux/amd64, image linux/arm64, attestation #1, attestation #2, artifact, companion linux #1, companion linux #2",
}

func TestKinds(t *testing.T) {
	for name, s := range registrytest.Shapes() {
		if !types.MediaType(s.MediaType).IsIndex() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(shapeKinds[name], kinds(shapeIndex(t, name).Entries)); diff != "" {
				t.Errorf("by descriptors (-want +got):\n%s", diff)
			}
			want, ok := describedKinds[name]
			if !ok {
				want = shapeKinds[name]
			}
			if diff := cmp.Diff(want, kinds(described(t, name))); diff != "" {
				t.Errorf("by manifests (-want +got):\n%s", diff)
			}
		})
	}
}

// A single manifest, which no index lists, has a kind as well.
func TestKindOfOne(t *testing.T) {
	digest := registry.DigestOf([]byte("image"))
	about := map[string]string{index.ReferenceType: index.AttestationType, index.ReferenceDigest: digest.String()}
	for want, d := range map[string]v1.Descriptor{
		"image":             {MediaType: types.OCIManifestSchema1},
		"image linux/amd64": {MediaType: types.DockerManifestSchema2, Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}},
		"index":             {MediaType: types.DockerManifestList, ArtifactType: "application/vnd.example"},
		"artifact":          {MediaType: types.OCIManifestSchema1, ArtifactType: "application/vnd.example"},
		"attestation":       {MediaType: types.OCIManifestSchema1, Annotations: about, ArtifactType: index.AttestationArtifactType},
	} {
		if got := kinds([]index.Entry{index.NewEntry(d)}); got != want {
			t.Errorf("kind of %+v is %q, want %q", d, got, want)
		}
	}
	e := index.NewEntry(v1.Descriptor{MediaType: types.OCIConfigJSON})
	if e.Kind != index.Artifact || e.ArtifactType() != string(types.OCIConfigJSON) {
		t.Errorf("a config is %s of type %s", e.Kind, e.ArtifactType())
	}
}

// An entry is a companion only if it names an image of the index, and is no image for a platform itself.
func TestCompanions(t *testing.T) {
	const entry = `{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":1%s}`
	a, b, c := registry.DigestOf([]byte("a")), registry.DigestOf([]byte("b")), registry.DigestOf([]byte("c"))
	named := func(h v1.Hash) string { return `,"annotations":{"x":"` + h.String() + `"}` }
	const amd64, arm64, typed = `,"platform":{"os":"linux","architecture":"amd64"}`, `,"platform":{"os":"linux","architecture":"arm64"}`, `,"artifactType":"x/y"`
	for name, tt := range map[string]struct{ b, c, want string }{
		"artifact":               {typed + named(a), "", "image linux/amd64, companion #1, image"},
		"artifact with platform": {typed + arm64 + named(a), "", "image linux/amd64, companion linux/arm64 #1, image"},
		"no platform":            {named(a), "", "image linux/amd64, companion #1, image"},
		"image":                  {arm64 + named(a), "", "image linux/amd64, image linux/arm64, image"},
		"unknown digest":         {typed + named(registry.DigestOf(nil)), "", "image linux/amd64, artifact, image"},
		"itself":                 {typed + named(b), "", "image linux/amd64, artifact, image"},
		"image without platform": {typed + named(c), "", "image linux/amd64, artifact, image"},
		"of a companion":         {typed + named(a), typed + named(b), "image linux/amd64, companion #1, artifact"},
	} {
		t.Run(name, func(t *testing.T) {
			x := parse(t, fmt.Appendf(nil, `{"manifests":[%s,%s,%s]}`, fmt.Sprintf(entry, a, amd64), fmt.Sprintf(entry, b, tt.b), fmt.Sprintf(entry, c, tt.c)))
			if diff := cmp.Diff(tt.want, kinds(x.Entries)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
