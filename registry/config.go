package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A Config is the config of an image.
type Config struct {
	Platform v1.Platform
	Bytes    []byte
	// BuiltByBuildKit reports whether the history of the image names BuildKit.
	BuiltByBuildKit bool
}

// ReadConfig reads the config of an image. The config of an artifact, or the empty config, names no
// platform.
func ReadConfig(ctx context.Context, repository Repository, d v1.Descriptor) (Config, error) {
	if d.Size > MaxManifest {
		return Config{}, Errorf(ErrUnverified, "config %s: larger than the limit of %d MiB", d.Digest, MaxManifest>>20)
	}
	blob, err := repository.Blob(ctx, d)
	if err != nil {
		return Config{}, err
	}
	defer blob.Close()
	raw, err := readAll(blob, d.Size)
	if err != nil {
		return Config{}, err
	}
	config := Config{Bytes: raw}
	if d.MediaType != types.OCIConfigJSON && d.MediaType != types.DockerConfigJSON {
		return config, nil
	}
	if err := CheckBounds(raw); err != nil {
		return Config{}, fmt.Errorf("config %s: %w", d.Digest, err)
	}
	if json.Unmarshal(raw, &config.Platform) != nil {
		return Config{}, Errorf(ErrUnverified, "config %s: not the config of an image", d.Digest)
	}
	if err := checkConfig(raw); err != nil {
		return Config{}, fmt.Errorf("config %s: %w", d.Digest, err)
	}
	config.BuiltByBuildKit = namesBuildKit(raw)
	config.Platform.Features = nil // not a field of a config (image-spec, "OCI Image Configuration")
	return config, nil
}

// namesBuildKit looks for the comment that BuildKit writes into the history of an image, such as
// "buildkit.dockerfile.v0".
func namesBuildKit(config []byte) bool {
	var image struct {
		History []struct {
			Comment string `json:"comment"`
		} `json:"history"`
	}
	if json.Unmarshal(config, &image) != nil {
		return false
	}
	for _, step := range image.History {
		if strings.HasPrefix(step.Comment, "buildkit") {
			return true
		}
	}
	return false
}

// readAll reads a document of a size into memory once. A blob whose size differs is refused by its reader.
func readAll(blob io.Reader, size int64) ([]byte, error) {
	raw := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := raw.ReadFrom(blob)
	return raw.Bytes(), err
}
