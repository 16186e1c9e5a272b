package registrytest

import (
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	diskTypeAnnotation = "disktype"
	titleAnnotation    = "org.opencontainers.image.title"
	// unknownArtifactType is the artifactType of "buildah manifest add --artifact" without --artifact-type
	// (containers/common, libimage/manifests, AddArtifact).
	unknownArtifactType = "application/vnd.unknown.artifact.v1"
)

// diskShape is an index of container images and disks for one platform: two disks with an annotation, and one
// with an artifactType (containers/common, libimage/manifests, AddArtifact).
func diskShape() Artifact {
	return Index(false,
		Image{}.Build(),
		Image{Architecture: "arm64"}.Build(),
		disk("amd64", "qemu", "app.amd64.qemu.qcow2.zst", ""),
		disk("amd64", "hyperv", "app.amd64.hyperv.vhdx.zst", ""),
		disk("amd64", "", "app.amd64.iso", unknownArtifactType),
	)
}

// machineOSShape is the index of podman's machine images: container images for amd64 and arm64, and disks whose
// architecture is spelled as uname does (containers/podman-machine-os, gather.sh and util.sh; containers/podman,
// pkg/machine/ocipull).
func machineOSShape() Artifact {
	return Index(false,
		Image{Seed: "machine-os"}.Build(),
		Image{Seed: "machine-os", Architecture: "arm64"}.Build(),
		disk("x86_64", "hyperv", "podman-machine.x86_64.hyperv.vhdx.zst", ""),
		disk("x86_64", "qemu", "podman-machine.x86_64.qemu.qcow2.zst", ""),
		disk("aarch64", "applehv", "podman-machine.aarch64.applehv.raw.zst", ""),
		disk("aarch64", "qemu", "podman-machine.aarch64.qemu.qcow2.zst", ""),
	)
}

// disk makes the manifest that "buildah manifest add --artifact --annotation disktype=TYPE FILE" adds: the empty
// config, and the file as its layer. Only the descriptor has the annotation. Manifest and descriptor have the
// artifactType; the disks of podman have none.
func disk(architecture, diskType, file, artifactType string) Artifact {
	mediaType := types.MediaType("application/octet-stream")
	if strings.HasSuffix(file, ".zst") {
		mediaType = "application/zstd"
	}
	a := manifestOf{
		artifactType: artifactType,
		config:       emptyConfig,
		layers: []content{{
			mediaType:   mediaType,
			data:        []byte("disk " + file + "\n"),
			annotations: map[string]string{titleAnnotation: file},
		}},
	}.build()
	a.Platform = v1.Platform{OS: "linux", Architecture: architecture}
	a.ArtifactType = artifactType
	if diskType != "" {
		a.Annotations = map[string]string{diskTypeAnnotation: diskType}
	}
	return a
}
