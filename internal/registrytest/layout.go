package registrytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const refNameAnnotation = "org.opencontainers.image.ref.name"

// WriteLayout writes the artifact into a folder in the OCI image layout (image-spec,
// image-layout.md), next to what is there already. The reference name may be empty.
func (a Artifact) WriteLayout(dir, refName string) error {
	blobs := filepath.Join(dir, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644); err != nil {
		return err
	}
	if err := a.writeBlobs(blobs); err != nil {
		return err
	}
	entry := a.descriptor()
	if refName != "" {
		annotations := map[string]string{refNameAnnotation: refName}
		maps.Copy(annotations, a.Annotations)
		entry.Annotations = annotations
	}
	return appendEntry(filepath.Join(dir, "index.json"), entry)
}

// writeBlobs writes all manifests and blobs, as a layout makes no difference between them.
func (a Artifact) writeBlobs(dir string) error {
	for _, child := range a.Children {
		if err := child.writeBlobs(dir); err != nil {
			return err
		}
	}
	for digest, blob := range a.Blobs {
		if err := writeBlob(dir, digest, blob); err != nil {
			return err
		}
	}
	return writeBlob(dir, a.Digest, a.Manifest)
}

func writeBlob(dir, digest string, blob []byte) error {
	return os.WriteFile(filepath.Join(dir, strings.TrimPrefix(digest, "sha256:")), blob, 0o644)
}

// appendEntry adds to an index.json, or makes one.
func appendEntry(path string, entry v1.Descriptor) error {
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(raw, &index); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	index.Manifests = append(index.Manifests, entry)
	return os.WriteFile(path, mustJSON(index), 0o644)
}
