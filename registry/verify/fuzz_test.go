package verify

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Whatever an index says, the judgement ends, and each finding has its text.
func FuzzJudge(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"manifests":[]}`))
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1}]}`))
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1,"platform":{"os":"linux","architecture":"amd64","variant":"v9"},"annotations":{"vnd.docker.reference.type":"attestation-manifest"}},{}]}`))
	ref, err := spec.ParseReference("reg.test/app:1.0")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := registry.Identify(string(types.OCIImageIndex), raw)
		if err != nil {
			return
		}
		x, err := index.Parse(m)
		if err != nil {
			return
		}
		c := newContents(t).Contents
		c.Reference, c.Root = ref, m.Digest
		c.Manifests[c.Root] = Manifest{Descriptor: m.Descriptor(), Entries: x.Entries}
		for i, e := range x.Entries {
			if e.Descriptor.Digest == c.Root {
				continue
			}
			child := Manifest{Descriptor: e.Descriptor, Entries: x.Entries, Subject: e.Subject}
			switch i % 4 {
			case 0:
				child = Manifest{Err: errGone}
			case 1:
				child.Config, child.Image = &x.Entries[0].Descriptor, &Image{Platform: x.Entries[0].Platform}
			case 2:
				child.Layers = append(child.Layers, e.Descriptor)
				c.Blobs[BlobOf(e.Descriptor)] = errWrong
			}
			c.Manifests[e.Descriptor.Digest] = child
		}
		r := NewResult("app", c, Options{Exact: listOf(t, "linux/amd64")})
		for _, finding := range r.Findings {
			if finding.ID == "" || finding.What == "" || finding.Do == "" {
				t.Errorf("%+v", finding)
			}
		}
		Lacking(c)
	})
}
