package plan

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// written is an index as nobody here would write it: with blanks, fields that we do not know, and keys in
// an order of its own.
const written = `{
  "x-made-by": {"hand": [1.0, 1e2]},
  "manifests": [
    {"digest": "sha256:AMD64", "x": "<&>", "mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1, "platform": {"os": "linux", "architecture": "amd64"}},
    {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:ARM64", "size": 2, "platform": {"os": "linux", "architecture": "arm64", "x": 1}, "annotations": {"b": "1", "a": "2"}}
  ],
  "mediaType": "application/vnd.oci.image.index.v1+json", "schemaVersion": 2
}`

// editWritten edits it, with an image for linux/s390x and one for linux/arm64/v8 to add.
func editWritten(t *testing.T, args spec.EditArgs, annotations spec.Annotations) (Plan, error) {
	t.Helper()
	amd64, arm64 := registry.DigestOf([]byte("amd64")), registry.DigestOf([]byte("arm64"))
	raw := strings.NewReplacer("sha256:AMD64", amd64.String(), "sha256:ARM64", arm64.String()).Replace(written)
	base := registry.NewManifest(types.OCIImageIndex, []byte(raw))
	args.Index = "example.com/app:1.0"
	e, err := spec.ParseEdit(args, spec.Options{Annotations: annotations})
	if err != nil {
		t.Fatal(err)
	}
	x, err := index.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlanned(t)
	p.state.Tree = &ImageTree{Reference: e.Index, Manifest: base}
	for _, entry := range x.Entries {
		p.state.Tree.Descendants = append(p.state.Tree.Descendants, Node{Entry: entry, Place: e.Index.Place})
	}
	p.state.Targets[0].Tags["1.0"] = base.Digest
	for _, entry := range e.Spec.Entries {
		tag := entry.Source.Tag
		p.add(t, entry.Source.String(), v1.Platform{}, ociImage, platform(t, "linux/"+tag))
	}
	plans, _, err := Edit(e, p.state, Options{})
	if err != nil {
		return Plan{}, err
	}
	return plans[0].Plan, nil
}

// What is not changed keeps its bytes, its place and its unknown fields.
func TestEditKeepsBytes(t *testing.T) {
	lines := strings.Split(written, "\n")
	amd64, arm64 := strings.TrimSuffix(strings.TrimSpace(lines[3]), ","), strings.TrimSpace(lines[4])
	rest := `],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2`
	s390x := `{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"NEW","size":500,"platform":{"architecture":"s390x","os":"linux"}}`
	tests := []struct {
		name        string
		args        spec.EditArgs
		annotations spec.Annotations
		want        string
	}{
		{"what is not there need not go", spec.EditArgs{Remove: []string{"linux/s390x", registry.DigestOf(nil).String()}}, spec.Annotations{}, written},
		{"a platform that was given before", spec.EditArgs{SetPlatform: []string{"linux/s390x=linux/amd64"}}, spec.Annotations{}, written},
		{"nothing that is not so", spec.EditArgs{SetPlatform: []string{"linux/amd64=linux/amd64"}}, spec.Annotations{}, written},
		{"an annotation that is there", spec.EditArgs{}, spec.Annotations{Images: []spec.ImageAnnotation{{Platform: v1.Platform{Architecture: "arm64"}, Key: "a", Value: "2"}}}, written},
		{"remove", spec.EditArgs{Remove: []string{"linux/arm64"}}, spec.Annotations{}, `{"x-made-by":{"hand": [1.0, 1e2]},"manifests":[` + amd64 + rest + "}"},
		{"add", spec.EditArgs{Add: []string{"example.com/app:s390x"}}, spec.Annotations{}, `{"x-made-by":{"hand": [1.0, 1e2]},"manifests":[` + amd64 + "," + arm64 + "," + s390x + rest + "}"},
		{"annotate", spec.EditArgs{}, spec.Annotations{Index: map[string]string{"k": "<v>"}}, `{"x-made-by":{"hand": [1.0, 1e2]},"manifests":[` + amd64 + "," + arm64 + rest + `,"annotations":{"k":"<v>"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan, err := editWritten(t, tt.args, tt.annotations)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.NewReplacer("sha256:AMD64", registry.DigestOf([]byte("amd64")).String(), "sha256:ARM64", registry.DigestOf([]byte("arm64")).String(),
				"NEW", registry.DigestOf([]byte("example.com/app:s390x")).String()).Replace(tt.want)
			if diff := cmp.Diff(want, string(plan.Index.Bytes)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if needed := plan.TagUpdates[0].Needed; needed != (tt.want != written) || !plan.TagUpdates[0].Pinned {
				t.Errorf("moves %+v", plan.TagUpdates)
			}
		})
	}
	t.Run("platform", func(t *testing.T) {
		plan, err := editWritten(t, spec.EditArgs{SetPlatform: []string{"linux/arm64=linux/arm64/v8"}}, spec.Annotations{})
		if err != nil {
			t.Fatal(err)
		}
		var doc struct{ Manifests []json.RawMessage }
		if err := json.Unmarshal(plan.Index.Bytes, &doc); err != nil {
			t.Fatal(err)
		}
		want := `"platform":{"x":1,"architecture":"arm64","os":"linux","variant":"v8"},"annotations":{"b": "1", "a": "2"}}`
		if got := string(doc.Manifests[1]); !strings.HasSuffix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestEditRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		args spec.EditArgs
		want string
	}{
		{"all of it", spec.EditArgs{Remove: []string{"linux/arm64", "linux/amd64"}}, "would remove all entries"},
		{"a platform for what is not there", spec.EditArgs{SetPlatform: []string{"linux/s390x=linux/s390"}}, "no entry linux/s390x; the platforms of the index are linux/amd64, linux/arm64"},
		{"two images for one platform", spec.EditArgs{Remove: []string{"linux/arm64"}, Add: []string{"example.com/app:s390x", "example.com/app:s390x,platform=linux/s390x"}}, "two images for linux/s390x: "},
		{"what is removed by the same command", spec.EditArgs{Remove: []string{"linux/arm64"}, SetPlatform: []string{"linux/arm64=linux/arm"}}, "no entry linux/arm64"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := editWritten(t, tt.args, spec.Annotations{}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// An attestation that is removed by its digest is not a change that is told, and the index changes all the same.
func TestEditRemovesAttestation(t *testing.T) {
	p := newPlanned(t)
	p.state.Tree = treeOf(t, at(t, "example.com/app:1.0"))
	attestation := p.state.Tree.Descendants[1]
	e := spec.Edit{Index: p.state.Tree.Reference, Spec: p.spec, Remove: []spec.Pick{{Digest: attestation.Descriptor.Digest}}}
	plans, _, err := Edit(e, p.state, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(plans[0].Index.Bytes), attestation.Descriptor.Digest.String()) || len(plans[0].Entries) != 2 {
		t.Errorf("%s, %d entries", plans[0].Index.Bytes, len(plans[0].Entries))
	}
}
