package repositorytest

import (
	"encoding/json"
	"io"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// An image is a manifest, and the blobs that it refers to.
type image struct {
	registry.Manifest
	blobs []v1.Descriptor
}

// newImage makes a small image and adds its blobs to m. Another word makes another image.
func newImage(t *testing.T, m *Memory, mediaType types.MediaType, word string) image {
	t.Helper()
	configType, layerType := types.OCIConfigJSON, types.OCILayer
	if mediaType == types.DockerManifestSchema2 {
		configType, layerType = types.DockerConfigJSON, types.DockerLayer
	}
	config := m.AddBlob(configType, []byte(`{"architecture":"amd64","os":"linux","word":"`+word+`"}`))
	layer := m.AddBlob(layerType, []byte("layer of "+word))
	return image{
		Manifest: newManifest(t, mediaType, map[string]any{
			"schemaVersion": 2, "mediaType": mediaType, "config": config, "layers": []v1.Descriptor{layer},
		}),
		blobs: []v1.Descriptor{config, layer},
	}
}

func newIndex(t *testing.T, mediaType types.MediaType, children ...registry.Manifest) registry.Manifest {
	t.Helper()
	list := make([]v1.Descriptor, 0, len(children))
	for _, child := range children {
		d := child.Descriptor()
		d.Platform = &v1.Platform{OS: "linux", Architecture: "amd64"}
		list = append(list, d)
	}
	return newManifest(t, mediaType, map[string]any{
		"schemaVersion": 2, "mediaType": mediaType, "manifests": list,
	})
}

func newManifest(t *testing.T, mediaType types.MediaType, document any) registry.Manifest {
	t.Helper()
	raw, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return registry.NewManifest(mediaType, raw)
}

// putImage puts an image and its blobs under a tag, or by digest if there is none.
func putImage(t *testing.T, repo registry.Repository, m *Memory, tag string, i image) {
	t.Helper()
	putBlobs(t, repo, m, i.blobs...)
	put(t, repo, tag, i.Manifest)
}

func putBlobs(t *testing.T, repo registry.Repository, m *Memory, blobs ...v1.Descriptor) {
	t.Helper()
	for _, d := range blobs {
		if _, err := repo.PutBlob(t.Context(), d, m); err != nil {
			t.Fatalf("PutBlob(%s) = %v", d.Digest, err)
		}
	}
}

func put(t *testing.T, repo registry.Repository, tag string, m registry.Manifest) {
	t.Helper()
	ref := registry.Ref{Tag: tag}
	if tag == "" {
		ref = byDigest(m)
	}
	if err := repo.PutManifest(t.Context(), ref, m); err != nil {
		t.Fatalf("PutManifest(%s) = %v", ref, err)
	}
}

func byDigest(m registry.Manifest) registry.Ref { return registry.Ref{Digest: m.Digest} }

func readBlob(t *testing.T, repo registry.Repository, d v1.Descriptor) ([]byte, error) {
	t.Helper()
	content, err := repo.Blob(t.Context(), d)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}
