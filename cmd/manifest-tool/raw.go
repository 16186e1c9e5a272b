package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	imagespec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// The objects of "inspect --raw" are those of manifest-tool v2, key by key and in the same order,
// for the scripts that read them. Nothing is added to them: --format json is there for that.

type rawIndex struct {
	Name          string            `json:"name"`
	Digest        v1.Hash           `json:"digest"`
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType,omitempty"`
	Manifests     []any             `json:"manifests"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

type rawImage struct {
	Name         string  `json:"name"`
	Digest       v1.Hash `json:"digest"`
	OS           string  `json:"os,omitempty"`
	Architecture string  `json:"architecture,omitempty"`
	imagespec.Manifest
}

type rawImageWithConfig struct {
	SchemaVersion int                    `json:"schemaVersion"`
	Name          string                 `json:"name"`
	Digest        v1.Hash                `json:"digest"`
	OS            string                 `json:"os,omitempty"`
	Architecture  string                 `json:"architecture,omitempty"`
	MediaType     string                 `json:"mediaType,omitempty"`
	Config        imagespec.Image        `json:"config"`
	Layers        []imagespec.Descriptor `json:"layers"`
	Subject       *imagespec.Descriptor  `json:"subject,omitempty"`
	Annotations   map[string]string      `json:"annotations,omitempty"`
}

// printRaw prints what "inspect --raw" always printed.
func (p *program) printRaw(ctx context.Context, repository registry.Repository, name string, ref spec.Reference, expand bool) error {
	m, err := repository.Manifest(ctx, registry.RefOf(ref))
	var raw any
	switch {
	case err != nil:
	case m.MediaType.IsIndex():
		raw, err = rawIndexOf(ctx, repository, name, m)
	default:
		raw, err = rawImageOf(ctx, repository, name, m, expand)
	}
	if err != nil {
		return &registry.OpError{Op: "inspect", Ref: ref.String(), Err: err}
	}
	text, err := json.MarshalIndent(raw, "", "    ")
	if err != nil {
		return err
	}
	return p.write(fmt.Appendf(nil, "%s\n", text))
}

// rawIndexOf holds the manifests of an index, without their digests and platforms: that is how it
// was. What is no image comes as it is, what is gone as null.
func rawIndexOf(ctx context.Context, repository registry.Repository, name string, m registry.Manifest) (any, error) {
	var index imagespec.Index
	_, children, err := registry.References(m)
	if err != nil || json.Unmarshal(m.Bytes, &index) != nil {
		return nil, registry.Errorf(registry.ErrUnverified, "%s is not what an index looks like", m.Digest)
	}
	raw := rawIndex{Name: name, Digest: m.Digest, SchemaVersion: index.SchemaVersion, MediaType: index.MediaType, Annotations: index.Annotations}
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
		return nil, registry.Errorf(registry.ErrUnverified, "%s is not what an image looks like", m.Digest)
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
		return rawImage{name, m.Digest, config.OS, config.Architecture, image}, nil
	}
	return rawImageWithConfig{image.SchemaVersion, name, m.Digest, config.OS, config.Architecture, image.MediaType,
		config, image.Layers, image.Subject, image.Annotations}, nil
}
