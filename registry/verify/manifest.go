package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
)

// inTotoType is the media type of an in-toto statement (in-toto attestation framework; BuildKit stores attestations so).
const inTotoType = "application/vnd.in-toto"

// manifest judges an image, an artifact or an attestation for itself, and notes the blobs that it needs.
func (j *judge) manifest(e index.Entry, m Manifest) {
	platforms := platformsOf(e, m)
	if m.Config != nil {
		j.need(*m.Config, "config", platforms)
	}
	for _, layer := range m.Layers {
		j.need(layer, "layer", platforms)
	}
	again := j.judged[m.Descriptor.Digest]
	j.judged[m.Descriptor.Digest] = true
	if again {
		return
	}
	if j.known([]index.Entry{e})[0].Kind == index.Image && m.Image != nil && m.Image.Err == nil {
		j.layers(m, platforms)
	}
	if e.Kind == index.Attestation && !isInToto(m) {
		j.add("attestation-not-in-toto", m.Descriptor.Digest, platforms, "the attestation has layers that are not in-toto statements")
	}
}

// layers compares the layers of an image with those that its config lists.
func (j *judge) layers(m Manifest, platforms []v1.Platform) {
	listed := m.Image.DiffIDs
	if len(listed) != len(m.Layers) {
		if len(listed) > 0 || m.Image.Platform.OS != "" {
			j.add("layer-count-mismatch", m.Descriptor.Digest, platforms, "the image has %s, but its config lists %d", count(len(m.Layers), "layer"), len(listed))
		}
		return
	}
	for i, layer := range m.Layers {
		switch unpacked := j.Unpacked[BlobOf(layer)]; {
		case !isTar(string(layer.MediaType)):
		case unpacked.Err != nil:
			j.add("diff-id-mismatch", layer.Digest, platforms, "the layer%s cannot be unpacked: %v", forPlatforms(platforms), unpacked.Err)
		case unpacked.DiffID != (v1.Hash{}) && unpacked.DiffID != listed[i]:
			j.add("diff-id-mismatch", layer.Digest, platforms, "the layer%s unpacks to %s, but the config lists %s", forPlatforms(platforms), unpacked.DiffID, listed[i])
		}
	}
}

// isTar reports whether a media type is that of a tar, plain or with gzip. Encrypted layers, and those of other formats,
// are not.
func isTar(mediaType string) bool {
	return slices.ContainsFunc([]string{".tar", ".tar+gzip", ".tar.gzip"}, func(end string) bool { return strings.HasSuffix(mediaType, end) })
}

// isInToto reports whether all layers are statements, or bundles of them, by their media types.
func isInToto(m Manifest) bool {
	return !slices.ContainsFunc(m.Layers, func(d v1.Descriptor) bool {
		return !hasPrefix(string(d.MediaType), inTotoType, "application/vnd.dsse.envelope", "application/vnd.dev.sigstore.bundle")
	})
}

// subject judges the image that an attestation or a companion is about.
func (j *judge) subject(parent Manifest, e index.Entry, child Manifest) {
	listed := func(digest v1.Hash) bool {
		return slices.ContainsFunc(parent.Entries, func(o index.Entry) bool { return o.Descriptor.Digest == digest && !o.IsAttached() })
	}
	switch {
	case e.Kind == index.Attestation && e.Subject == v1.Hash{}:
		j.add("attestation-subject-missing", e.Descriptor.Digest, nil, "the attestation does not name its image by a digest")
	case e.Kind == index.Attestation && !listed(e.Subject):
		j.add("attestation-subject-missing", e.Descriptor.Digest, nil, "the attestation is about %s, which the index does not list", e.Subject)
	case e.Kind != index.Attestation && child.Subject != v1.Hash{} && !listed(child.Subject):
		j.add("attestation-subject-missing", e.Descriptor.Digest, platformsOf(e, child), "the manifest names %s as its subject, which the index does not list", child.Subject)
	}
}

// A neededBlob is a blob with the images that need it.
type neededBlob struct {
	v1.Descriptor
	what      string // config or layer
	platforms []v1.Platform
}

// need notes a blob of an image.
func (j *judge) need(d v1.Descriptor, what string, platforms []v1.Platform) {
	key := BlobOf(d)
	i, again := j.at[key]
	if !again {
		i = len(j.blobs)
		j.at[key] = i
		j.blobs = append(j.blobs, neededBlob{Descriptor: d, what: what})
	}
	for _, p := range platforms {
		if !slices.ContainsFunc(j.blobs[i].platforms, p.Equals) {
			j.blobs[i].platforms = append(j.blobs[i].platforms, p)
		}
	}
}

// blobsFound judges the blobs that the images need, each once.
func (j *judge) blobsFound() {
	for _, b := range j.blobs {
		err := j.Blobs[BlobOf(b.Descriptor)]
		if err == nil {
			continue
		}
		isForeign := b.what == "layer" && len(b.URLs) > 0
		if isForeign && errors.Is(err, registry.ErrNotFound) {
			if b.MediaType.IsDistributable() {
				j.add("foreign-layer", b.Digest, b.platforms, "the repository does not hold the layer%s: clients fetch the layer from %s", forPlatforms(b.platforms), b.URLs[0])
			}
			continue
		}
		j.failed(b.what, err, b.Digest, b.platforms, fmt.Sprintf(" (%d bytes)", b.Size))
	}
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
