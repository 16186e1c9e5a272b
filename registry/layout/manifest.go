package layout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// Describe is Manifest without the bytes.
func (r *Repository) Describe(ctx context.Context, ref registry.Ref) (v1.Descriptor, error) {
	m, err := r.Manifest(ctx, ref)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return m.Descriptor(), nil
}

// Manifest reads the manifest behind a digest or a name. The zero Ref means the only image, else
// the one named "latest".
func (r *Repository) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	root, err := r.layout(ctx)
	if err != nil {
		return registry.Manifest{}, err
	}
	if ref.Digest != (v1.Hash{}) {
		return r.manifestByDigest(root, ref.Digest)
	}
	x, err := r.readIndex(root)
	if errors.Is(err, fs.ErrNotExist) {
		return registry.Manifest{}, registry.Errorf(registry.ErrNotFound, "%s holds no image yet: no %s file", r.dir, indexFile)
	}
	if err != nil {
		return registry.Manifest{}, err
	}
	var e entry
	if ref.Tag == "" {
		e, err = x.only()
	} else {
		e, err = x.find(ref.Tag)
	}
	if err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %w", r.dir, err)
	}
	return r.manifestOf(root, e)
}

// manifestByDigest reads a manifest that index.json may know, or that is only a child of one.
func (r *Repository) manifestByDigest(root *os.Root, digest v1.Hash) (registry.Manifest, error) {
	if _, err := parseDigest(digest.String()); err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %w", r.dir, err)
	}
	x, err := r.readIndexOrEmpty(root)
	if err != nil {
		return registry.Manifest{}, err
	}
	for _, e := range x.entries {
		if e.digest == digest.String() {
			return r.manifestOf(root, e)
		}
	}
	raw, err := r.readBlob(root, digest)
	if err != nil {
		return registry.Manifest{}, err
	}
	mediaType, err := mediaTypeOf(raw, "")
	if err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %s: %w", r.dir, digest, err)
	}
	return registry.Manifest{MediaType: mediaType, Digest: digest, Bytes: raw}, nil
}

// manifestOf reads what an entry of index.json stands for.
func (r *Repository) manifestOf(root *os.Root, e entry) (registry.Manifest, error) {
	if e.flaw != nil {
		return registry.Manifest{}, registry.Errorf(registry.ErrUnverified, "%s: entry %s: %w", r.path(indexFile), e, e.flaw)
	}
	digest, err := parseDigest(e.digest)
	if err != nil {
		return registry.Manifest{}, err
	}
	raw, err := r.readBlob(root, digest)
	if err != nil {
		return registry.Manifest{}, err
	}
	if int64(len(raw)) != e.size {
		return registry.Manifest{}, registry.Errorf(registry.ErrUnverified, "%s: %s has %d bytes, not the %d that %s says",
			r.dir, digest, len(raw), e.size, indexFile)
	}
	mediaType, err := mediaTypeOf(raw, e.mediaType)
	if err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %s: %w", r.dir, digest, err)
	}
	return registry.Manifest{MediaType: mediaType, Digest: digest, Bytes: raw}, nil
}

// readBlob reads a blob that is small enough for a manifest, and checks it.
func (r *Repository) readBlob(root *os.Root, digest v1.Hash) ([]byte, error) {
	raw, err := r.read(root, blobFile(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, registry.Errorf(registry.ErrNotFound, "%s does not hold %s", r.dir, digest)
	}
	if err != nil {
		return nil, err
	}
	if got := registry.DigestOf(raw); got != digest {
		return nil, registry.Errorf(registry.ErrUnverified, "%s: the %d bytes in there have the digest %s",
			r.path(blobFile(digest)), len(raw), got)
	}
	return raw, nil
}

// mediaTypeOf tells what a manifest is: what its descriptor says, else what it says itself, else
// what it looks like. It must not say one thing and be listed as another (CVE-2021-41190).
func mediaTypeOf(raw []byte, listed types.MediaType) (types.MediaType, error) {
	document, err := parseObject(raw)
	known := listed.IsImage() || listed.IsIndex()
	switch {
	case err != nil && known:
		return "", registry.Errorf(registry.ErrUnverified, "listed as %s, but %w", listed, err)
	case err != nil && listed != "": // image-layout.md allows any content in index.json
		return listed, nil
	case err != nil:
		return "", registry.Errorf(registry.ErrNotFound, "no manifest: %w", err)
	}
	text, err := document.text("mediaType")
	body := types.MediaType(text)
	switch {
	case err != nil:
		return "", registry.Errorf(registry.ErrUnverified, "%w", err)
	case listed == "" && body == "":
		return sniff(document)
	case listed == "":
		return body, nil
	case body != "" && body != listed:
		return "", registry.Errorf(registry.ErrUnverified, "listed as %s, but it calls itself %s", quote(string(listed)), quote(text))
	}
	return listed, nil
}

// sniff judges a manifest without a media type by its keys. Those of Docker always have one.
func sniff(document object) (types.MediaType, error) {
	index := document.get("manifests") != nil
	image := document.get("config") != nil && document.get("layers") != nil
	switch {
	case index && (document.get("config") != nil || document.get("layers") != nil):
		return "", registry.Errorf(registry.ErrUnverified, "both an index and an image: it has manifests and layers")
	case index:
		return types.OCIImageIndex, nil
	case image:
		return types.OCIManifestSchema1, nil
	}
	return "", registry.Errorf(registry.ErrNotFound, "no manifest: neither manifests nor config and layers")
}
