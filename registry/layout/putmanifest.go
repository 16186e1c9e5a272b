package layout

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// PutManifest stores a manifest under a name, or under its digest only. The zero Ref names it "latest". It writes
// the manifest before index.json lists it.
func (r *Repository) PutManifest(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	name, err := nameOf(ref)
	if err != nil {
		return err
	}
	document, err := checkManifest(ref, m)
	if err != nil {
		return err
	}
	if err := r.checkReferences(ctx, m, document); err != nil {
		return err
	}
	if _, err := r.put(ctx, m.Descriptor(), func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(m.Bytes)), nil
	}); err != nil {
		return err
	}
	if name == "" && !m.MediaType.IsIndex() {
		return nil // its index refers to it
	}
	root, err := r.writable(ctx)
	if err != nil {
		return err
	}
	return r.updateIndex(root, change{name: name, manifest: m.Descriptor(), isReferrer: hasSubject(document)})
}

// nameOf returns the name to write; "" means none.
func nameOf(ref registry.Ref) (string, error) {
	if ref == (registry.Ref{}) {
		return defaultName, nil
	}
	if ref.Tag == "" {
		return "", nil
	}
	return ref.Tag, checkName(ref.Tag)
}

// checkManifest checks a manifest before a write, and parses it.
func checkManifest(ref registry.Ref, m registry.Manifest) (object, error) {
	if len(m.Bytes) > registry.MaxManifest {
		return nil, registry.Errorf(registry.ErrInvalid, "manifest %s: %d bytes; the limit is %d",
			m.Digest, len(m.Bytes), registry.MaxManifest)
	}
	if got := registry.DigestOf(m.Bytes); got != m.Digest {
		return nil, registry.Errorf(registry.ErrUnverified, "manifest %s: the content has the digest %s", m.Digest, got)
	}
	if ref.Digest != (v1.Hash{}) && ref.Digest != m.Digest {
		return nil, registry.Errorf(registry.ErrUnverified, "manifest %s: the media type to store is %s", m.Digest, ref.Digest)
	}
	if m.MediaType == "" {
		return nil, registry.Errorf(registry.ErrInvalid, "manifest %s: the media type is missing", m.Digest)
	}
	document, err := parseObject(m.Bytes)
	if err != nil {
		return nil, registry.Errorf(registry.ErrRefused, "manifest %s: %w", m.Digest, err)
	}
	if _, err := mediaTypeOf(m.Bytes, m.MediaType); err != nil {
		return nil, fmt.Errorf("manifest %s: %w", m.Digest, err)
	}
	return document, nil
}

// checkReferences refuses a manifest if a blob or manifest that it refers to is missing, like a registry.
// Non-distributable layers and the subject may be missing (image-spec, manifest.md).
func (r *Repository) checkReferences(ctx context.Context, m registry.Manifest, document object) error {
	references, err := referencesOf(document)
	if err != nil {
		return registry.Errorf(registry.ErrRefused, "manifest %s: %w", m.Digest, err)
	}
	seen := make(map[v1.Hash]int64)
	for _, d := range references {
		if size, ok := seen[d.Digest]; ok && size == d.Size {
			continue
		}
		seen[d.Digest] = d.Size
		has, err := r.hasChecked(ctx, d)
		if err != nil {
			return err
		}
		if !has {
			return registry.Errorf(registry.ErrRefused, "manifest %s refers to %s (%d bytes), which %s does not hold",
				m.Digest, d.Digest, d.Size, r.dir)
		}
	}
	return nil
}

// hasChecked is HasBlob without a second check of the digest.
func (r *Repository) hasChecked(ctx context.Context, d v1.Descriptor) (bool, error) {
	if root := r.locked(); root != nil && r.stillThere(root, d) {
		return true, nil
	}
	return r.HasBlob(ctx, d)
}

func referencesOf(document object) ([]v1.Descriptor, error) {
	var references []v1.Descriptor
	if raw := document.get("config"); raw != nil {
		var config v1.Descriptor
		if err := json.Unmarshal(raw, &config); err != nil {
			return nil, err
		}
		references = append(references, config)
	}
	for _, key := range []string{"layers", "manifests"} {
		raw := document.get(key)
		if raw == nil {
			continue
		}
		var list []v1.Descriptor
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, err
		}
		for _, d := range list {
			if d.MediaType.IsDistributable() {
				references = append(references, d)
			}
		}
	}
	return references, nil
}

// hasSubject reports whether a manifest has a subject (image-spec, manifest.md, "subject").
func hasSubject(document object) bool {
	subject := document.get("subject")
	return subject != nil && string(subject) != "null"
}

// updateIndex replaces index.json if the change makes a difference. It is the last write.
func (r *Repository) updateIndex(root *os.Root, c change) error {
	r.indexing.Lock()
	defer r.indexing.Unlock()
	x, err := readIndexOrEmpty(rooted{r, root})
	if err != nil {
		return err
	}
	changed, differs := x.with(c)
	if !differs {
		return nil
	}
	raw := changed.document.encode()
	if len(raw) > registry.MaxManifest {
		return registry.Errorf(registry.ErrRefused, "%s would have %d bytes; the limit is %d",
			r.path(indexFile), len(raw), registry.MaxManifest)
	}
	return r.replace(root, indexFile, bytes.NewReader(raw))
}
