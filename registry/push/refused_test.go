package push_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/spec"
)

// blobUnknown is the refusal of a manifest by a registry that names what it lacks.
type blobUnknown struct{ digests []string }

func (blobUnknown) Error() string              { return "404 Not Found: MANIFEST_BLOB_UNKNOWN" }
func (blobUnknown) Unwrap() error              { return registry.ErrRefused }
func (blobUnknown) Incomplete() bool           { return true }
func (e blobUnknown) Names(digest string) bool { return slices.Contains(e.digests, digest) }

// refusingOnce is a world whose target refuses the first manifest that it gets.
func refusingOnce(times int, names ...string) *world {
	return &world{put: func(_ registry.Ref, put func() error) error {
		if times--; times >= 0 {
			return blobUnknown{names}
		}
		return put()
	}}
}

// A refusal for a reason of its own is no proof that something was lacking; a look, or a name, is.
func TestRepairedWasSeen(t *testing.T) {
	amd64 := image("amd64")
	var blob string
	for digest := range amd64.Blobs {
		blob = digest
	}
	for name, test := range map[string]struct {
		names []string
		want  []string
	}{
		"nothing is named":        {nil, nil},
		"something else is named": {[]string{"sha256:" + strings.Repeat("0", 64)}, nil},
		"a blob is named":         {[]string{blob}, []string{blob}},
	} {
		w := refusingOnce(1, test.names...)
		s := target("1.0")
		s.Entries = []spec.Entry{w.add(t, "example.com/source:1", amd64)}
		report, err := w.do(t.Context(), s, plan.Options{})
		if got := digests(report.Repaired); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: repaired %q, want %q: %v", name, got, test.want, err)
		}
	}
}

func digests(hashes []v1.Hash) []string {
	var all []string
	for _, h := range hashes {
		all = append(all, h.String())
	}
	return all
}

// With Force everything is sent again, also to a target that lacks nothing.
func TestForceRepairsNothing(t *testing.T) {
	w := &world{}
	s := target("1.0")
	s.Entries = []spec.Entry{w.add(t, "example.com/source:1", image("amd64"))}
	if _, err := w.do(t.Context(), s, plan.Options{}); err != nil {
		t.Fatal(err)
	}
	if report, err := w.do(t.Context(), s, plan.Options{Force: true}); err != nil || report.Repaired != nil {
		t.Errorf("repaired %v, error %v", report.Repaired, err)
	}
}

// A registry that refuses an image for a layer that is kept elsewhere gets nothing sent again.
func TestForeignLayerRefused(t *testing.T) {
	layer := "sha256:" + strings.Repeat("ab", 32)
	for _, mediaType := range []string{"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"} {
		foreign := withLayer(t, image("amd64"), map[string]any{"mediaType": mediaType, "digest": layer, "size": 3, "urls": []string{"https://example.com/layer"}})
		w := refusingOnce(100, layer)
		s := target("1.0")
		s.Entries = []spec.Entry{w.add(t, "example.com/source:1", foreign)}
		_, err := w.do(t.Context(), s, plan.Options{})
		var refused *push.ForeignLayerError
		if !errors.As(err, &refused) || refused.Layer.String() != layer || !errors.Is(err, registry.ErrRefused) {
			t.Errorf("%s: %v", mediaType, err)
		}
		if sent := len(w.writes); sent != len(foreign.Blobs) {
			t.Errorf("%s: %d writes for %d blobs: %q", mediaType, sent, len(foreign.Blobs), w.writes)
		}
	}
}

// withLayer adds a layer to an image.
func withLayer(t *testing.T, image registrytest.Artifact, layer map[string]any) registrytest.Artifact {
	var manifest map[string]any
	if err := json.Unmarshal(image.Manifest, &manifest); err != nil {
		t.Fatal(err)
	}
	manifest["layers"] = append(manifest["layers"].([]any), layer)
	raw, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	image.Manifest, image.Digest = raw, registry.DigestOf(raw).String()
	return image
}
