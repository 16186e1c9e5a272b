package layout

import (
	"errors"
	"fmt"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// Files are the files of a layout, in a folder or in an archive.
type Files interface {
	// ReadFile reads a small file by its name in the layout. The error is fs.ErrNotExist for a missing file, and
	// [registry.ErrUnverified] for a file that is too large or not regular.
	ReadFile(name string) ([]byte, error)
	// Path returns the path of a file for messages; "" is the layout itself.
	Path(name string) string
}

// BlobFile returns the name of a blob in a layout. It refuses an invalid digest.
func BlobFile(digest v1.Hash) (string, error) {
	if _, err := parseDigest(digest.String()); err != nil {
		return "", err
	}
	return blobFile(digest), nil
}

// CheckVersion refuses an unknown version of the layout.
func CheckVersion(files Files) error {
	raw, err := files.ReadFile(markerFile)
	if err != nil {
		return err
	}
	return checkMarker(files, raw)
}

// ReadManifest reads a manifest by digest or name. The zero Ref means the only image, else the image named "latest".
// Entries with platforms and without names are together one image. A name that several platforms share gives an
// index of them: see [Images.Find].
func ReadManifest(files Files, ref registry.Ref) (registry.Manifest, error) {
	if ref.Digest != (v1.Hash{}) {
		return storedOrMade(files, ref.Digest)
	}
	images, err := ReadImages(files)
	if errors.Is(err, fs.ErrNotExist) {
		return registry.Manifest{}, registry.Errorf(registry.ErrNotFound, "%s holds no image yet: the %s file is missing", files.Path(""), indexFile)
	}
	if err != nil {
		return registry.Manifest{}, err
	}
	return images.Find(ref.Tag)
}

// storedOrMade returns a manifest by its digest: a stored one, or an index that [Images.Find] makes.
func storedOrMade(files Files, digest v1.Hash) (registry.Manifest, error) {
	stored, err := manifestByDigest(files, digest)
	if !errors.Is(err, registry.ErrNotFound) {
		return stored, err
	}
	images, readErr := ReadImages(files)
	if readErr != nil {
		return registry.Manifest{}, err
	}
	if made, madeErr := images.Made(digest); madeErr == nil {
		return made, nil
	}
	return registry.Manifest{}, err
}

// oneImage returns index.json as an image index.
func oneImage(files Files, x index) (registry.Manifest, error) {
	m, err := registry.Identify(string(types.OCIImageIndex), x.raw)
	if err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %w", files.Path(indexFile), err)
	}
	return m, nil
}

// manifestByDigest reads a manifest, which may be missing in index.json if it is the child of an index.
func manifestByDigest(files Files, digest v1.Hash) (registry.Manifest, error) {
	if _, err := parseDigest(digest.String()); err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %w", files.Path(""), err)
	}
	x, err := readIndexOrEmpty(files)
	if err != nil {
		return registry.Manifest{}, err
	}
	for _, e := range x.entries {
		if e.digest == digest.String() {
			return manifestOf(files, e)
		}
	}
	if x.isOneImage() && registry.DigestOf(x.raw) == digest {
		return oneImage(files, x)
	}
	raw, err := readBlob(files, digest)
	if err != nil {
		return registry.Manifest{}, err
	}
	mediaType, err := mediaTypeOf(raw, "")
	if err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %s: %w", files.Path(""), digest, err)
	}
	return registry.Manifest{MediaType: mediaType, Digest: digest, Bytes: raw}, nil
}

// manifestOf reads the manifest of an entry.
func manifestOf(files Files, e entry) (registry.Manifest, error) {
	if e.flaw != nil {
		return registry.Manifest{}, registry.Errorf(registry.ErrUnverified, "%s: entry %s: %w", files.Path(indexFile), e, e.flaw)
	}
	digest, err := parseDigest(e.digest)
	if err != nil {
		return registry.Manifest{}, err
	}
	raw, err := readBlob(files, digest)
	if err != nil {
		return registry.Manifest{}, err
	}
	if int64(len(raw)) != e.size {
		return registry.Manifest{}, registry.Errorf(registry.ErrUnverified, "%s: %s has %d bytes, not the %d bytes that %s lists",
			files.Path(""), digest, len(raw), e.size, indexFile)
	}
	mediaType, err := mediaTypeOf(raw, e.mediaType)
	if err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %s: %w", files.Path(""), digest, err)
	}
	return registry.Manifest{MediaType: mediaType, Digest: digest, Bytes: raw}, nil
}

// readBlob reads and checks a blob of at most the size of a manifest.
func readBlob(files Files, digest v1.Hash) ([]byte, error) {
	raw, err := files.ReadFile(blobFile(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, registry.Errorf(registry.ErrNotFound, "%s does not hold %s", files.Path(""), digest)
	}
	if err != nil {
		return nil, err
	}
	if got := registry.DigestOf(raw); got != digest {
		return nil, registry.Errorf(registry.ErrUnverified, "%s: the %d bytes of content have the digest %s",
			files.Path(blobFile(digest)), len(raw), got)
	}
	return raw, nil
}

// CheckObject refuses JSON that is not an object, or that has ambiguous keys.
func CheckObject(raw []byte) error {
	_, err := parseObject(raw)
	return err
}
