package repositorytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Memory is a Repository in memory, as strict as a registry: manifests are no blobs, and are
// refused before what they refer to is there. The zero value is empty. Several goroutines may use
// it at once.
type Memory struct {
	mu        sync.Mutex
	blobs     map[v1.Hash][]byte
	manifests map[v1.Hash]registry.Manifest
	tags      map[string]v1.Hash
}

var _ registry.Repository = (*Memory)(nil)

// AddBlob adds a blob and describes it.
func (m *Memory) AddBlob(mediaType types.MediaType, content []byte) v1.Descriptor {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.blobs == nil {
		m.blobs = make(map[v1.Hash][]byte)
	}
	d := v1.Descriptor{MediaType: mediaType, Digest: registry.DigestOf(content), Size: int64(len(content))}
	m.blobs[d.Digest] = bytes.Clone(content)
	return d
}

// AddManifest adds a manifest without any check, so that a broken one can be served too. Without a
// tag it is only known by its digest.
func (m *Memory) AddManifest(tag string, manifest registry.Manifest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.manifests == nil {
		m.manifests = make(map[v1.Hash]registry.Manifest)
		m.tags = make(map[string]v1.Hash)
	}
	manifest.Bytes = bytes.Clone(manifest.Bytes)
	m.manifests[manifest.Digest] = manifest
	if tag != "" {
		m.tags[tag] = manifest.Digest
	}
}

// Forget loses a blob or manifest, whatever refers to it.
func (m *Memory) Forget(digest v1.Hash) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, digest)
	delete(m.manifests, digest)
}

// Manifest implements [registry.Repository].
func (m *Memory) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	if err := ctx.Err(); err != nil {
		return registry.Manifest{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	digest := ref.Digest
	if digest == (v1.Hash{}) {
		digest = m.tags[ref.Tag]
	}
	manifest, ok := m.manifests[digest]
	if !ok {
		return registry.Manifest{}, registry.Errorf(registry.ErrNotFound, "no manifest %s", ref)
	}
	if registry.DigestOf(manifest.Bytes) != digest {
		return registry.Manifest{}, registry.Errorf(registry.ErrUnverified, "manifest %s has another digest", ref)
	}
	manifest.Bytes = bytes.Clone(manifest.Bytes)
	return manifest, nil
}

// Describe implements [registry.Repository].
func (m *Memory) Describe(ctx context.Context, ref registry.Ref) (v1.Descriptor, error) {
	manifest, err := m.Manifest(ctx, ref)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return manifest.Descriptor(), nil
}

// PutManifest implements [registry.Repository].
func (m *Memory) PutManifest(ctx context.Context, ref registry.Ref, manifest registry.Manifest) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if ref.Digest == (v1.Hash{}) {
		if err := spec.CheckTag(ref.Tag); err != nil {
			return registry.Errorf(registry.ErrInvalid, "%w", err)
		}
	}
	digest := registry.DigestOf(manifest.Bytes)
	switch {
	case manifest.Digest != digest, ref.Digest != (v1.Hash{}) && ref.Digest != digest:
		return registry.Errorf(registry.ErrUnverified, "manifest %s: the content has the digest %s", ref, digest)
	case len(manifest.Bytes) > registry.MaxManifest:
		return registry.Errorf(registry.ErrInvalid, "manifest %s has %d bytes", ref, len(manifest.Bytes))
	}
	if err := m.checkReferences(manifest); err != nil {
		return registry.Errorf(registry.ErrRefused, "manifest %s: %w", ref, err)
	}
	m.AddManifest(ref.Tag, manifest)
	return nil
}

func (m *Memory) checkReferences(manifest registry.Manifest) error {
	var document struct {
		MediaType types.MediaType `json:"mediaType"`
		Config    v1.Descriptor   `json:"config"`
		Layers    []v1.Descriptor `json:"layers"`
		Manifests []v1.Descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(manifest.Bytes, &document); err != nil {
		return err
	}
	if document.MediaType != "" && document.MediaType != manifest.MediaType {
		return errors.New("the media types differ")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if manifest.MediaType.IsIndex() {
		for _, d := range document.Manifests {
			if child, ok := m.manifests[d.Digest]; !ok || int64(len(child.Bytes)) != d.Size {
				return errors.New("no child " + d.Digest.String())
			}
		}
		return nil
	}
	for _, d := range append(document.Layers, document.Config) {
		if blob, ok := m.blobs[d.Digest]; d.MediaType.IsDistributable() && (!ok || int64(len(blob)) != d.Size) {
			return errors.New("no blob " + d.Digest.String())
		}
	}
	return nil
}

// HasBlob implements [registry.Repository].
func (m *Memory) HasBlob(ctx context.Context, d v1.Descriptor) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	content, ok := m.blobs[d.Digest]
	return ok && int64(len(content)) == d.Size, nil
}

// Blob implements [registry.Repository].
func (m *Memory) Blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	content, ok := m.blobs[d.Digest]
	if !ok {
		return nil, registry.Errorf(registry.ErrNotFound, "no blob %s", d.Digest)
	}
	return registry.Verify(io.NopCloser(bytes.NewReader(content)), d)
}

// PutBlob implements [registry.Repository].
func (m *Memory) PutBlob(ctx context.Context, d v1.Descriptor, from ...registry.Repository) (registry.Transfer, error) {
	if has, err := m.HasBlob(ctx, d); has || err != nil {
		return registry.Present, err
	}
	for _, source := range from {
		content, err := source.Blob(ctx, d)
		if errors.Is(err, registry.ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		return registry.Streamed, m.take(ctx, d, content)
	}
	return 0, registry.Errorf(registry.ErrNotFound, "no source has %s", d.Digest)
}

func (m *Memory) take(ctx context.Context, d v1.Descriptor, source io.ReadCloser) error {
	content, err := registry.Verify(source, d)
	if err != nil {
		return err
	}
	defer content.Close()
	raw, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.AddBlob(d.MediaType, raw)
	return nil
}
