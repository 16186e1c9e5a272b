package repositorytest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// atOnce calls f n times at the same time.
func atOnce(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

func testSameBlobAtOnce(t *testing.T, repo, other registry.Repository) {
	var m Memory
	content := bytes.Repeat(hello, 10_000)
	d := m.AddBlob(types.OCILayer, content)
	putBlobs(t, other, &m, d)
	sources := []registry.Repository{&m, other}
	atOnce(8, func(i int) {
		if _, err := repo.PutBlob(t.Context(), d, sources[i%2]); err != nil {
			t.Errorf("PutBlob = %v", err)
		}
	})
	wantBlob(t, repo, d, content)
}

func testBlobsAtOnce(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	blobs := make([]v1.Descriptor, 16)
	contents := make([][]byte, len(blobs))
	for i := range blobs {
		contents[i] = bytes.Repeat([]byte{byte(i)}, 1000*i)
		blobs[i] = m.AddBlob(types.OCILayer, contents[i])
	}
	atOnce(len(blobs), func(i int) {
		if _, err := repo.PutBlob(t.Context(), blobs[i], &m); err != nil {
			t.Errorf("PutBlob = %v", err)
		}
	})
	for i, d := range blobs {
		wantBlob(t, repo, d, contents[i])
	}
}

func testTagsAtOnce(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	images := make([]image, 8)
	for i := range images {
		images[i] = newImage(t, &m, types.OCIManifestSchema1, fmt.Sprint("image ", i))
	}
	atOnce(len(images), func(i int) {
		for _, d := range images[i].blobs {
			if _, err := repo.PutBlob(t.Context(), d, &m); err != nil {
				t.Errorf("PutBlob = %v", err)
			}
		}
		for _, tag := range []string{fmt.Sprint("v", i), fmt.Sprint("w", i)} {
			if err := repo.PutManifest(t.Context(), registry.Ref{Tag: tag}, images[i].Manifest); err != nil {
				t.Errorf("PutManifest = %v", err)
			}
		}
	})
	for i := range images {
		wantManifest(t, repo, registry.Ref{Tag: fmt.Sprint("v", i)}, images[i].Manifest)
		wantManifest(t, repo, registry.Ref{Tag: fmt.Sprint("w", i)}, images[i].Manifest)
	}
}
