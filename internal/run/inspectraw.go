package run

import (
	"context"
	"encoding/json"
	"errors"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// inspectRaw prints the object of manifest-tool v2.
func (r *Runner) inspectRaw(ctx context.Context, repository registry.Repository, v view, ref spec.Reference) error {
	m, err := repository.Manifest(ctx, registry.RefOf(ref))
	var raw any
	switch {
	case err != nil:
	case m.MediaType.IsIndex():
		raw, err = rawIndexOf(ctx, repository, v.name, m)
	default:
		raw, err = rawImageOf(ctx, repository, v.name, m, v.Expand)
	}
	if err != nil {
		return &registry.OpError{Op: "inspect", Ref: ref.String(), Err: err}
	}
	return r.out.PrintRaw(raw)
}

// rawIndexOf has the manifests of an index without their digests and platforms, as in manifest-tool v2. A manifest
// that is no image is copied, a missing manifest is null.
func rawIndexOf(ctx context.Context, repository registry.Repository, name string, m registry.Manifest) (any, error) {
	var ix imagespec.Index
	_, children, err := registry.References(m)
	if err != nil || json.Unmarshal(m.Bytes, &ix) != nil {
		return nil, registry.Errorf(registry.ErrUnverified, "%s is not a valid index", m.Digest)
	}
	raw := output.RawIndex{Name: name, Digest: m.Digest, SchemaVersion: ix.SchemaVersion, MediaType: ix.MediaType, Annotations: ix.Annotations}
	for _, d := range children {
		child, err := repository.Manifest(ctx, registry.Ref{Digest: d.Digest})
		var image imagespec.Manifest
		switch {
		case errors.Is(err, registry.ErrNotFound):
			raw.Manifests = append(raw.Manifests, nil)
		case err != nil:
			return nil, err
		case d.MediaType.IsImage() && json.Unmarshal(child.Bytes, &image) == nil:
			raw.Manifests = append(raw.Manifests, image)
		default:
			raw.Manifests = append(raw.Manifests, json.RawMessage(child.Bytes))
		}
	}
	return raw, nil
}

func rawImageOf(ctx context.Context, repository registry.Repository, name string, m registry.Manifest, expand bool) (any, error) {
	var image imagespec.Manifest
	var config imagespec.Image
	if json.Unmarshal(m.Bytes, &image) != nil {
		return nil, registry.Errorf(registry.ErrUnverified, "%s is not a valid image", m.Digest)
	}
	blobs, _, err := registry.References(m)
	if err != nil {
		return nil, err
	}
	if image.Config.Digest != "" {
		read, err := registry.ReadConfig(ctx, repository, blobs[0])
		if err != nil {
			return nil, err
		}
		if json.Unmarshal(read.Bytes, &config) != nil {
			config = imagespec.Image{} // of another kind
		}
	}
	if !expand {
		return output.RawImage{Name: name, Digest: m.Digest, OS: config.OS, Architecture: config.Architecture, Manifest: image}, nil
	}
	return output.RawImageWithConfig{
		SchemaVersion: image.SchemaVersion,
		Name:          name,
		Digest:        m.Digest,
		OS:            config.OS,
		Architecture:  config.Architecture,
		MediaType:     image.MediaType,
		Config:        config,
		Layers:        image.Layers,
		Subject:       image.Subject,
		Annotations:   image.Annotations,
	}, nil
}
