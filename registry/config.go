package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A Config is the config of an image: its bytes and the platform they name.
type Config struct {
	Platform v1.Platform
	Bytes    []byte
}

// ReadConfig reads the config of an image. One of another kind, such as that of an artifact or the
// empty one, names no platform.
func ReadConfig(ctx context.Context, repository Repository, d v1.Descriptor) (Config, error) {
	if d.Size > MaxManifest {
		return Config{}, Errorf(ErrUnverified, "config %s: larger than the %d MiB that it may have", d.Digest, MaxManifest>>20)
	}
	blob, err := repository.Blob(ctx, d)
	if err != nil {
		return Config{}, err
	}
	defer blob.Close()
	raw, err := io.ReadAll(blob)
	if err != nil {
		return Config{}, err
	}
	config := Config{Bytes: raw}
	if d.MediaType != types.OCIConfigJSON && d.MediaType != types.DockerConfigJSON {
		return config, nil
	}
	if json.Unmarshal(raw, &config.Platform) != nil {
		return Config{}, Errorf(ErrUnverified, "config %s: not what the config of an image looks like", d.Digest)
	}
	if err := checkConfig(raw); err != nil {
		return Config{}, fmt.Errorf("config %s: %w", d.Digest, err)
	}
	config.Platform.Features = nil // not a field of a config (image-spec, "OCI Image Configuration")
	return config, nil
}
