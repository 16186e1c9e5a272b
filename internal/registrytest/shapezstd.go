package registrytest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// zstdAnnotation marks the zstd copy of an image (containers/image, internal/manifest/oci_index.go).
const zstdAnnotation = "io.github.containers.compression.zstd"

// zstdShape is an index that "podman manifest push --add-compression zstd" writes: the gzip images, then their
// zstd copies with an annotation in the descriptor (containers/image, internal/manifest/oci_index.go).
func zstdShape() Artifact {
	amd64, arm64 := Image{}.Build(), Image{Architecture: "arm64"}.Build()
	return Index(false, amd64, arm64, zstdCopy(amd64), zstdCopy(arm64))
}

// zstdCopy makes the same image with zstd layers. The config is the same, as its diff_ids are the digests of
// uncompressed layers (image-spec, config.md).
func zstdCopy(image Artifact) Artifact {
	var m v1.Manifest
	must(json.Unmarshal(image.Manifest, &m))
	config := m.Config.Digest.String()
	a := Artifact{
		MediaType:   image.MediaType,
		Blobs:       map[string][]byte{config: image.Blobs[config]},
		Platform:    image.Platform,
		Annotations: map[string]string{zstdAnnotation: "true"},
	}
	for n, layer := range m.Layers {
		m.Layers[n] = a.addBlob(types.OCILayerZStd, zstdFrame(gunzip(image.Blobs[layer.Digest.String()])))
	}
	a.setManifest(m)
	return a
}

func gunzip(blob []byte) []byte {
	zr, err := gzip.NewReader(bytes.NewReader(blob))
	must(err)
	content, err := io.ReadAll(zr)
	must(err)
	return content
}

// maxZstdBlock is the largest block of a frame in bytes (RFC 8878, 3.1.1.2.4).
const maxZstdBlock = 128 << 10

// zstdFrame packs content as a zstd frame of raw blocks (RFC 8878, 3.1.1). Nothing is compressed, so the bytes
// depend on no compressor.
func zstdFrame(content []byte) []byte {
	const (
		magic         = 0xFD2FB528
		singleSegment = 1 << 5
		sizeOf4Bytes  = 2 << 6
	)
	frame := binary.LittleEndian.AppendUint32(nil, magic)
	frame = append(frame, singleSegment|sizeOf4Bytes)
	frame = binary.LittleEndian.AppendUint32(frame, uint32(len(content)))
	blocks := slices.Collect(slices.Chunk(content, maxZstdBlock))
	for n, block := range blocks {
		header := uint32(len(block)) << 3 // block type 0: raw
		if n == len(blocks)-1 {
			header |= 1 // last block
		}
		frame = append(frame, byte(header), byte(header>>8), byte(header>>16))
		frame = append(frame, block...)
	}
	return frame
}
