package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/spec"
)

// MaxManifest is the largest manifest or image config that is read or written: the 4 MiB that the
// distribution spec asks registries to accept ("Pushing Manifests").
const MaxManifest = 4 << 20

// A Session opens the repositories of one run. Their places are all named before the first request,
// so that one token can carry every scope. Close commits what has to be committed.
type Session interface {
	Open(ctx context.Context, place spec.Place) (Repository, error)
	Close() error
}

// A Repository holds manifests and blobs under one name, on a registry or on disk.
//
// What is not there is an [ErrNotFound]; bytes that are not what they claim are [ErrUnverified].
type Repository interface {
	// Manifest returns the exact bytes behind a tag or digest, checked against the digest.
	Manifest(ctx context.Context, ref Ref) (Manifest, error)
	// Describe is Manifest without the bytes.
	Describe(ctx context.Context, ref Ref) (v1.Descriptor, error)
	// PutManifest stores a manifest under a tag, or under its digest alone. The manifests and blobs that it refers
	// to must exist already.
	PutManifest(ctx context.Context, ref Ref, m Manifest) error
	// HasBlob reports whether the repository holds a blob.
	HasBlob(ctx context.Context, d v1.Descriptor) (bool, error)
	// Blob reads a blob. Digest and size are checked while reading: a blob that is not what the
	// descriptor says ends in an error instead of io.EOF.
	Blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error)
	// PutBlob sees to it that the repository holds a blob, which it may take from any of the others.
	PutBlob(ctx context.Context, d v1.Descriptor, from ...Repository) (Transfer, error)
}

// A Recorder is a [Repository] that remembers the manifests which this run has stored in it.
type Recorder interface {
	Stored(digest v1.Hash) bool
}

// Remembering is a [Repository] that may return a manifest which an earlier run has read. Such a manifest may be gone.
type Remembering interface {
	MayBeGone(digest v1.Hash) bool
}

// Bytes is a repository whose blobs are read and sent, whatever the target says it has.
type ForceUpload struct{ Repository }

// A Ref names a manifest in a repository: a digest if there is one, else a tag. The zero Ref means
// the only image of a layout, or the one named "latest"; a registry has no such thing.
type Ref struct {
	Tag    string
	Digest v1.Hash
}

// RefOf is the part of a reference that its repository needs.
func RefOf(r spec.Reference) Ref {
	if r.Digest != (v1.Hash{}) {
		return Ref{Digest: r.Digest}
	}
	return Ref{Tag: r.Tag}
}

// Check reports whether the reference is a digest or a valid tag. Any other text could change the path or the URL.
func (r Ref) Check() error {
	if r.Digest != (v1.Hash{}) {
		return nil
	}
	if err := spec.CheckTag(r.Tag); err != nil {
		return Errorf(ErrInvalid, "%w", err)
	}
	return nil
}

// String is the digest or the tag.
func (r Ref) String() string {
	if r.Digest != (v1.Hash{}) {
		return r.Digest.String()
	}
	return r.Tag
}

// A Transfer is the way in which a blob came into a repository.
type Transfer int

const (
	Present  Transfer = iota // it was there
	Mounted                  // the registry took it from another of its repositories
	Streamed                 // its bytes were sent
)

// A Manifest is the exact bytes of a manifest, and what they are.
type Manifest struct {
	MediaType types.MediaType
	Digest    v1.Hash
	Bytes     []byte
	// Synthesized reports that the source does not store these bytes: they list the images that share one name of a
	// layout or an archive.
	Synthesized bool `json:",omitempty"`
}

// NewManifest makes a Manifest of bytes whose type is known.
func NewManifest(mediaType types.MediaType, raw []byte) Manifest {
	return Manifest{MediaType: mediaType, Digest: DigestOf(raw), Bytes: raw}
}

// Descriptor describes the manifest, without platform or annotations.
func (m Manifest) Descriptor() v1.Descriptor {
	return v1.Descriptor{MediaType: m.MediaType, Digest: m.Digest, Size: int64(len(m.Bytes))}
}

// DigestOf is the sha256 digest of some bytes.
func DigestOf(b []byte) v1.Hash {
	sum := sha256.Sum256(b)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}
