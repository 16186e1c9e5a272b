package resolve

import (
	"context"
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/verify"
)

// work is what one image needs. Each blob is taken by the first manifest that needs it.
type work struct {
	*placeReader
	taken map[verify.Blob]bool
}

// images reads manifests with their configs, and asks for their layers.
func (w *work) images(ctx context.Context, c *verify.Contents, entries []index.Entry) error {
	read := make([]verify.Manifest, len(entries))
	err := parallel.Each(ctx, len(entries), func(ctx context.Context, i int) (err error) {
		read[i], err = w.image(ctx, entries[i].Descriptor.Digest)
		return err
	})
	for i, e := range entries {
		c.Manifests[e.Descriptor.Digest] = read[i]
	}
	return err
}

func (w *work) image(ctx context.Context, digest v1.Hash) (verify.Manifest, error) {
	m, err := w.readOne(ctx, digest)
	if err != nil || m.Err != nil {
		return m, err
	}
	blobs := m.Layers
	steps := []func(context.Context) error{func(ctx context.Context) error { return w.askAll(ctx, blobs) }}
	switch {
	case m.Config == nil:
	case m.Image == nil && isImageConfig(m.Config.MediaType):
		steps = append(steps, func(ctx context.Context) (err error) { m.Image, err = w.config(ctx, *m.Config); return err })
	case m.Image == nil:
		blobs = append([]v1.Descriptor{*m.Config}, blobs...)
	}
	err = parallel.Each(ctx, len(steps), func(ctx context.Context, i int) error { return steps[i](ctx) })
	w.keep(m, digest)
	return m, err
}

func isImageConfig(t types.MediaType) bool {
	return t == types.OCIConfigJSON || t == types.DockerConfigJSON
}

// config reads the config of an image.
func (w *work) config(ctx context.Context, d v1.Descriptor) (*verify.Image, error) {
	config, err := registry.ReadConfig(ctx, w.repository, d)
	if err != nil && !isFact(err) {
		return nil, err
	}
	w.found(d, err)
	image := &verify.Image{Err: err, Platform: config.Platform}
	if err == nil {
		image.DiffIDs = diffIDsOf(config.Bytes)
	}
	return image, nil
}

// diffIDsOf are the digests of the unpacked layers that a config lists. One that is no digest is zero.
func diffIDsOf(config []byte) []v1.Hash {
	var body struct {
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if json.Unmarshal(config, &body) != nil {
		return nil
	}
	digests := make([]v1.Hash, len(body.RootFS.DiffIDs))
	for i, text := range body.RootFS.DiffIDs {
		digests[i], _ = v1.NewHash(text)
	}
	return digests
}
