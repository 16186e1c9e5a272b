package layout

import (
	"errors"
	"fmt"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// Files are what a layout is made of, wherever that lies: in a folder, or in an archive.
type Files interface {
	// ReadFile reads a small file by its name in the layout. What is not there is a fs.ErrNotExist,
	// what is not a regular file or too large a [registry.ErrUnverified].
	ReadFile(name string) ([]byte, error)
	// Path is the name of a file as the user knows it; "" is the layout itself.
	Path(name string) string
}

// BlobFile is the name in a layout of a blob. No name is made of what is not a digest.
func BlobFile(digest v1.Hash) (string, error) {
	if _, err := parseDigest(digest.String()); err != nil {
		return "", err
	}
	return blobFile(digest), nil
}

// CheckVersion refuses a layout of a version that we do not know.
func CheckVersion(files Files) error {
	raw, err := files.ReadFile(markerFile)
	if err != nil {
		return err
	}
	return checkMarker(files, raw)
}

// ReadManifest reads the manifest behind a digest or a name. The zero Ref means the only image, else
// the image named "latest". Entries that have no name, but platforms, are together one image. A name that
// stands for several platforms gives an index of them: see [Images.Find].
func ReadManifest(files Files, ref registry.Ref) (registry.Manifest, error) {
	if ref.Digest != (v1.Hash{}) {
		return storedOrMade(files, ref.Digest)
	}
	images, err := ReadImages(files)
	if errors.Is(err, fs.ErrNotExist) {
		return registry.Manifest{}, registry.Errorf(registry.ErrNotFound, "%s holds no image yet: no %s file", files.Path(""), indexFile)
	}
	if err != nil {
		return registry.Manifest{}, err
	}
	return images.Find(ref.Tag)
}

// storedOrMade finds a manifest by its digest, also an index that [Images.Find] made.
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

// oneImage is index.json itself, as the image index that it is.
func oneImage(files Files, x index) (registry.Manifest, error) {
	m, err := registry.Identify(string(types.OCIImageIndex), x.raw)
	if err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %w", files.Path(indexFile), err)
	}
	return m, nil
}

// manifestByDigest reads a manifest that index.json may know, or that is only a child of one.
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

// manifestOf reads what an entry of index.json stands for.
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
		return registry.Manifest{}, registry.Errorf(registry.ErrUnverified, "%s: %s has %d bytes, not the %d that %s says",
			files.Path(""), digest, len(raw), e.size, indexFile)
	}
	mediaType, err := mediaTypeOf(raw, e.mediaType)
	if err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %s: %w", files.Path(""), digest, err)
	}
	return registry.Manifest{MediaType: mediaType, Digest: digest, Bytes: raw}, nil
}

// readBlob reads a blob that is small enough for a manifest, and checks it.
func readBlob(files Files, digest v1.Hash) ([]byte, error) {
	raw, err := files.ReadFile(blobFile(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, registry.Errorf(registry.ErrNotFound, "%s does not hold %s", files.Path(""), digest)
	}
	if err != nil {
		return nil, err
	}
	if got := registry.DigestOf(raw); got != digest {
		return nil, registry.Errorf(registry.ErrUnverified, "%s: the %d bytes in there have the digest %s",
			files.Path(blobFile(digest)), len(raw), got)
	}
	return raw, nil
}

// CheckObject refuses what is not a JSON object that can be read in one way only.
func CheckObject(raw []byte) error {
	_, err := parseObject(raw)
	return err
}
