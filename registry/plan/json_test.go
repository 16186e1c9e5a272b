package plan

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// roundTrip writes a plan as JSON, reads the JSON back, and compares.
func roundTrip(t *testing.T, plan Plan) {
	t.Helper()
	raw, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var again Plan
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	if diff := cmp.Diff(plan, again, cmpopts.EquateComparable(spec.Place{})); diff != "" {
		t.Errorf("the plan that is read back (-written +read):\n%s\n%s", diff, raw)
	}
}

// treeOf is an index of two images, an attestation, an artifact without platform and a nested index.
func treeOf(t *testing.T, ref spec.Reference) *ImageTree {
	t.Helper()
	p := newPlanned(t)
	p.add(t, "example.com/build:amd64", v1.Platform{}, ociImage, platform(t, "linux/amd64"))
	p.attest()
	p.add(t, "example.com/build:windows", v1.Platform{}, ociImage, platform(t, "windows/amd64:10.0.17763.1"))
	p.spec.Entries[1].Annotations = map[string]string{"a": "b"}
	m := p.plan(t, Options{}).Index
	x, err := index.Parse(m)
	if err != nil {
		t.Fatal(err)
	}
	tree := &ImageTree{Reference: ref, Manifest: m}
	for _, e := range x.Entries {
		tree.Descendants = append(tree.Descendants, Node{Entry: e, Place: ref.Place, Blobs: []v1.Descriptor{{Digest: e.Descriptor.Digest, Size: 1}}})
	}
	return tree
}

// referrersOf are two referrers of a manifest: by subject, and under a tag of cosign.
func referrersOf(subject v1.Hash, place spec.Place) []Referrer {
	d := v1.Descriptor{MediaType: ociImage, Digest: registry.DigestOf([]byte("referrer")), Size: 8}
	n := Node{Entry: index.NewEntry(d), Place: place}
	spaced := index.NewEntry(d)
	spaced.Raw = json.RawMessage(`{ "digest": "a<b" }`)
	n.Subject = subject
	return []Referrer{{Node: n}, {Node: n, Tag: "sha256-x.sig", Descendants: []Node{{Entry: spaced, Place: place}}}}
}

// TestPlansAreJSON holds that a plan is data: it can be written as JSON and read back.
func TestPlansAreJSON(t *testing.T) {
	places := map[string]string{
		"registry": "example.com/app:1.0", "port": "127.0.0.1:5000/team/app:1.0", "hub": "ubuntu:24.04",
		"layout": "oci-layout:out:1.0", "archive": "oci-archive:out.tar:1.0", "docker": "docker-archive:in.tar:app:1.0",
	}
	for name, source := range places {
		t.Run(name, func(t *testing.T) {
			p := newPlanned(t)
			p.state.Tree = treeOf(t, at(t, source))
			p.state.Referrers = referrersOf(p.state.Tree.Manifest.Digest, at(t, source).Place)
			p.spec.PlatformTags = mustPlatformTags(t)
			p.state.Targets[0].Tags["1.0"] = registry.DigestOf([]byte("old"))
			for kind, plans := range map[string]func() ([]TargetPlan, []string, error){
				"copy": func() ([]TargetPlan, []string, error) { return Copy(p.spec, p.state, Options{Force: true}) },
				"copy platforms": func() ([]TargetPlan, []string, error) {
					return Copy(p.spec, p.state, Options{Platforms: []v1.Platform{platform(t, "linux/amd64")}})
				},
				"split": func() ([]TargetPlan, []string, error) { return Split(p.spec, p.state, Options{}) },
				"edit": func() ([]TargetPlan, []string, error) {
					edited := newPlanned(t)
					edited.state.Tree = p.state.Tree
					edited.add(t, "example.com/build:s390x", v1.Platform{}, ociImage, platform(t, "linux/s390x"))
					e := spec.Edit{Index: p.state.Tree.Reference, Spec: edited.spec}
					e.Remove = []spec.Pick{{Platform: platform(t, "windows/amd64:10.0.17763.1")}}
					e.Placed = []spec.Placed{{Pick: spec.Pick{Platform: platform(t, "linux/amd64")}, To: platform(t, "linux/amd64/v3")}}
					return Edit(e, edited.state, Options{})
				},
			} {
				got, _, err := plans()
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				t.Run(kind, func(t *testing.T) { roundTrip(t, got[0].Plan) })
			}
		})
	}
	t.Run("push", func(t *testing.T) {
		p := newPlanned(t)
		p.add(t, "oci-layout:in@sha256:"+registry.DigestOf(nil).Hex, v1.Platform{}, ociImage, platform(t, "linux/amd64"))
		p.attest()
		p.add(t, "example.com/app:sbom", v1.Platform{}, ociImage, v1.Platform{}).Raw = json.RawMessage(`{"mediaType":"application/vnd.oci.image.manifest.v1+json"}`)
		p.add(t, "example.com/app:gone", v1.Platform{}, ociImage, v1.Platform{})
		p.state.Entries[2] = ResolvedEntry{Missing: registry.ErrNotFound}
		p.spec.PlatformTags = mustPlatformTags(t)
		roundTrip(t, p.plan(t, Options{IgnoreMissing: true}).Plan)
	})
}

func mustPlatformTags(t *testing.T) spec.PlatformTags {
	t.Helper()
	e, err := spec.ParseEdit(spec.EditArgs{Index: "example.com/app:1.0", Remove: []string{"linux/amd64"}}, spec.Options{PlatformTags: "TAG-OS-ARCH-OSVERSION"})
	if err != nil {
		t.Fatal(err)
	}
	return e.Spec.PlatformTags
}
