package archive

import (
	"encoding/json"
	"path"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// synthesized holds the manifests that were synthesized for saved images, and the place of their blobs.
type synthesized struct {
	mu        sync.Mutex
	manifests map[v1.Hash]registry.Manifest
	blobs     map[v1.Hash]blob
	layers    map[layerKey]v1.Descriptor // the layers that were read to describe them
	noted     map[string]bool            // the images with a note
}

func newSynthesized() synthesized {
	return synthesized{manifests: map[v1.Hash]registry.Manifest{}, blobs: map[v1.Hash]blob{}, layers: map[layerKey]v1.Descriptor{}, noted: map[string]bool{}}
}

func (m *synthesized) manifest(digest v1.Hash) (registry.Manifest, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	manifest, ok := m.manifests[digest]
	return manifest, ok
}

func (m *synthesized) blob(digest v1.Hash) (blob, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.blobs[digest]
	return b, ok
}

func (m *synthesized) addBlob(digest v1.Hash, b blob) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blobs[digest] = b
}

func (m *synthesized) layer(key layerKey) (v1.Descriptor, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.layers[key]
	return d, ok
}

func (m *synthesized) addLayer(key layerKey, d v1.Descriptor) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.layers[key] = d
}

// The two structs below determine the bytes of manifests: compact JSON with the keys in the order of the image-spec.
// A change changes the digest of every saved image.
type manifestJSON struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     types.MediaType   `json:"mediaType"`
	Config        descriptorJSON    `json:"config"`
	Layers        []descriptorJSON  `json:"layers"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

type descriptorJSON struct {
	MediaType   types.MediaType   `json:"mediaType"`
	Digest      v1.Hash           `json:"digest"`
	Size        int64             `json:"size"`
	URLs        []string          `json:"urls,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

func describe(d v1.Descriptor) descriptorJSON {
	return descriptorJSON{d.MediaType, d.Digest, d.Size, d.URLs, d.Annotations}
}

// synthesize makes the manifest of a saved image. It depends on the archive and on --compress only, so the same
// archive always gives the same digest.
func (b builder) synthesize(image saved, name string) (registry.Manifest, error) {
	b.synthesizing.Lock()
	defer b.synthesizing.Unlock()
	config, d, err := b.config(image)
	if err != nil {
		return registry.Manifest{}, err
	}
	d.MediaType = types.OCIConfigJSON
	m := manifestJSON{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: describe(d), Layers: []descriptorJSON{}}
	var plain []entry
	for i, file := range image.Layers {
		e, ok := b.table.file(path.Clean(file))
		if !ok {
			return registry.Manifest{}, b.bad(dockerFile, "the file lists the layer %s, but the archive does not contain that file", quote(file))
		}
		d, err := b.layer(layer{file, e, config.RootFS.DiffIDs[i]})
		if err != nil {
			return registry.Manifest{}, err
		}
		if m.Layers = append(m.Layers, describe(d)); d.MediaType == types.OCIUncompressedLayer {
			plain = append(plain, e)
		}
	}
	return b.finish(m, name, plain)
}

// recompress returns the manifest of an image after --compress: with compressed layers in the place of uncompressed
// ones. The name is for a note.
func (b builder) recompress(name string, m registry.Manifest) (registry.Manifest, error) {
	var doc v1.Manifest
	if !m.MediaType.IsImage() || json.Unmarshal(m.Bytes, &doc) != nil {
		return m, nil // the reader of the manifest reports the error
	}
	b.synthesizing.Lock()
	defer b.synthesizing.Unlock()
	changed := manifestJSON{2, m.MediaType, describe(doc.Config), []descriptorJSON{}, doc.Annotations}
	var plain []entry
	for _, d := range doc.Layers {
		to, ok := compressedTypes[d.MediaType]
		if ok {
			file, e, err := b.find(d.Digest)
			if err != nil {
				return m, err
			}
			plain = append(plain, e)
			if b.options.Compress {
				compressed, err := b.layer(layer{file, e, d.Digest})
				if err != nil {
					return m, err
				}
				d.MediaType, d.Digest, d.Size = to, compressed.Digest, compressed.Size
			}
		}
		changed.Layers = append(changed.Layers, describe(d))
	}
	if len(plain) == 0 || !b.options.Compress {
		b.note(name, plain)
		return m, nil
	}
	return b.finish(changed, name, nil)
}

// compressedTypes maps the types of uncompressed layers to those of gzip layers.
var compressedTypes = map[types.MediaType]types.MediaType{
	types.OCIUncompressedLayer:    types.OCILayer,
	types.DockerUncompressedLayer: types.DockerLayer,
}

func (b builder) finish(m manifestJSON, name string, plain []entry) (registry.Manifest, error) {
	manifest := registry.NewManifest(m.MediaType, registry.MustCompactJSON(m))
	if len(manifest.Bytes) > registry.MaxManifest {
		return registry.Manifest{}, b.bad(dockerFile, "the image has too many layers: %d", len(m.Layers))
	}
	b.synthesized.mu.Lock()
	b.synthesized.manifests[manifest.Digest] = manifest
	b.synthesized.mu.Unlock()
	b.note(name, plain)
	return manifest, nil
}
