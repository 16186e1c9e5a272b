package registrytest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shapeFacts are the facts of each format as [shapeLines] shows them, under the public source of the format.
var shapeFacts = map[string]string{
	// image-spec v1.1, image-index.md and descriptor.md
	"annotated": `
root mediaType=oci.index artifactType=application/vnd.example.app {org.opencontainers.image.source=https://example.com/app org.opencontainers.image.version=1.2.3}
#1 oci.manifest linux/amd64 urls=https://example.com/app?platform=amd64&copy=1 {org.example.build=42 org.opencontainers.image.ref.name=amd64}
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest linux/arm64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#3 oci.manifest no platform artifactType=application/vnd.example.note data {org.example.note=about all platforms}
   mediaType=oci.manifest artifactType=application/vnd.example.note config=oci.empty data layer=text/plain
`,
	// helm/helm, pkg/registry/client.go and constants.go; oras-project/oras, cmd/oras/root/manifest/index/create.go
	"chart": `
root mediaType=oci.index
#1 oci.manifest linux/amd64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest linux/arm64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#3 oci.manifest no platform
   mediaType= config=application/vnd.cncf.helm.config layer=application/vnd.cncf.helm.chart.content.v1.tar+gzip {org.opencontainers.image.created=1970-01-01T00:00:00Z org.opencontainers.image.title=app org.opencontainers.image.version=1.2.3}
`,
	// cnabio/cnab-to-oci, README, converter/convert.go and converter/types.go
	"cnab": `
root mediaType= {io.cnab.keywords=["app"] io.cnab.runtime_version=v1.0.0 org.opencontainers.artifactType=application/vnd.cnab.manifest.v1 org.opencontainers.image.description=an app org.opencontainers.image.title=app org.opencontainers.image.version=0.1.0}
#1 oci.manifest no platform {io.cnab.manifest.type=config}
   mediaType= config=application/vnd.cnab.config
#2 application/vnd.docker.distribution.manifest.v2+json no platform {io.cnab.manifest.type=invocation}
   mediaType=application/vnd.docker.distribution.manifest.v2+json config=application/vnd.docker.container.image layer=application/vnd.docker.image.rootfs.diff.tar.gzip
#3 oci.manifest no platform {io.cnab.component.name=backend io.cnab.manifest.type=component}
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#4 oci.index no platform {io.cnab.component.name=web io.cnab.manifest.type=component}
   mediaType=oci.index
`,
	// containers/common, libimage/manifests/manifests.go, AddArtifact
	"disk": `
root mediaType=oci.index
#1 oci.manifest linux/amd64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest linux/arm64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#3 oci.manifest linux/amd64 {disktype=qemu}
   mediaType=oci.manifest config=oci.empty data layer=application/zstd {org.opencontainers.image.title=app.amd64.qemu.qcow2.zst}
#4 oci.manifest linux/amd64 {disktype=hyperv}
   mediaType=oci.manifest config=oci.empty data layer=application/zstd {org.opencontainers.image.title=app.amd64.hyperv.vhdx.zst}
#5 oci.manifest linux/amd64 artifactType=application/vnd.unknown.artifact.v1
   mediaType=oci.manifest artifactType=application/vnd.unknown.artifact.v1 config=oci.empty data layer=application/octet-stream {org.opencontainers.image.title=app.amd64.iso}
`,
	// microsoft/windows-host-process-containers-base-image, README; containerd/containerd, commit b327af6a
	"hostprocess": `
root mediaType=oci.index
#1 oci.manifest windows/amd64 os.version=10.0.17763.5329
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest windows/amd64 os.version=10.0.20348.2227
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#3 oci.manifest windows/amd64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
`,
	// moby/buildkit, exporter/containerimage/writer.go
	"levels": `
root mediaType=oci.index
#1 oci.manifest linux/amd64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest linux/amd64/v2
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#3 oci.manifest linux/amd64/v3
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#4 oci.manifest linux/arm64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#5 oci.manifest unknown/unknown {vnd.docker.reference.digest=#1 vnd.docker.reference.type=attestation-manifest}
   mediaType=oci.manifest artifactType=application/vnd.docker.attestation.manifest.v1+json config=oci.empty data layer=application/vnd.in-toto+json {in-toto.io/predicate-type=https://slsa.dev/provenance/v1} subject=#1
#6 oci.manifest unknown/unknown {vnd.docker.reference.digest=#2 vnd.docker.reference.type=attestation-manifest}
   mediaType=oci.manifest artifactType=application/vnd.docker.attestation.manifest.v1+json config=oci.empty data layer=application/vnd.in-toto+json {in-toto.io/predicate-type=https://slsa.dev/provenance/v1} subject=#2
#7 oci.manifest unknown/unknown {vnd.docker.reference.digest=#3 vnd.docker.reference.type=attestation-manifest}
   mediaType=oci.manifest artifactType=application/vnd.docker.attestation.manifest.v1+json config=oci.empty data layer=application/vnd.in-toto+json {in-toto.io/predicate-type=https://slsa.dev/provenance/v1} subject=#3
#8 oci.manifest unknown/unknown {vnd.docker.reference.digest=#4 vnd.docker.reference.type=attestation-manifest}
   mediaType=oci.manifest artifactType=application/vnd.docker.attestation.manifest.v1+json config=oci.empty data layer=application/vnd.in-toto+json {in-toto.io/predicate-type=https://slsa.dev/provenance/v1} subject=#4
`,
	// image-spec v1.1, manifest.md, "Guidelines for Artifact Usage"
	"lone": `
root mediaType=oci.index
#1 oci.manifest no platform
   mediaType=oci.manifest artifactType=application/vnd.example.app config=oci.empty data layer=application/vnd.example.app.layer
`,
	// image-spec v1.1, image-index.md: platform is optional
	"lone-config": `
root mediaType=oci.index
#1 oci.manifest no platform
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
`,
	// containers/podman-machine-os, gather.sh and util.sh
	"machine-os": `
root mediaType=oci.index
#1 oci.manifest linux/amd64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest linux/arm64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#3 oci.manifest linux/x86_64 {disktype=hyperv}
   mediaType=oci.manifest config=oci.empty data layer=application/zstd {org.opencontainers.image.title=podman-machine.x86_64.hyperv.vhdx.zst}
#4 oci.manifest linux/x86_64 {disktype=qemu}
   mediaType=oci.manifest config=oci.empty data layer=application/zstd {org.opencontainers.image.title=podman-machine.x86_64.qemu.qcow2.zst}
#5 oci.manifest linux/aarch64 {disktype=applehv}
   mediaType=oci.manifest config=oci.empty data layer=application/zstd {org.opencontainers.image.title=podman-machine.aarch64.applehv.raw.zst}
#6 oci.manifest linux/aarch64 {disktype=qemu}
   mediaType=oci.manifest config=oci.empty data layer=application/zstd {org.opencontainers.image.title=podman-machine.aarch64.qemu.qcow2.zst}
`,
	// modelpack/model-spec, docs/spec.md
	"model": `
root mediaType=oci.index
#1 oci.manifest no platform
   mediaType=oci.manifest artifactType=application/vnd.cncf.model.manifest.v1+json config=application/vnd.cncf.model.config layer=application/vnd.cncf.model.weight.v1.tar {org.cncf.model.filepath=weights.bin}
`,
	// goharbor/acceleration-service, pkg/driver/nydus/nydus.go; containerd/nydus-snapshotter, pkg/converter/constant.go
	"nydus": `
root mediaType=
#1 oci.manifest linux/amd64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest linux/amd64 os.features=nydus.remoteimage.v1
   mediaType=oci.manifest config=oci.config layer=oci.layer.nydus.blob.v1 {containerd.io/snapshot/nydus-blob=true} layer=oci.layer.v1.tar+gzip {containerd.io/snapshot/nydus-bootstrap=true containerd.io/snapshot/nydus-fs-version=6} {containerd.io/snapshot/nydus-fs-version=6 containerd.io/snapshot/nydus-source-digest=#1 containerd.io/snapshot/nydus-source-reference=registry.example.com/app:latest}
`,
	// dragonflyoss/nydus, contrib/nydusify/examples/manifest/index.json
	"nydus-artifact": `
root mediaType=
#1 oci.manifest linux/amd64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest linux/amd64 artifactType=application/vnd.nydus.image.manifest.v1+json
   mediaType=oci.manifest config=oci.config layer=oci.layer.nydus.blob.v1 {containerd.io/snapshot/nydus-blob=true} layer=oci.layer.v1.tar+gzip {containerd.io/snapshot/nydus-bootstrap=true containerd.io/snapshot/nydus-fs-version=6} {containerd.io/snapshot/nydus-fs-version=6 containerd.io/snapshot/nydus-source-digest=#1 containerd.io/snapshot/nydus-source-reference=registry.example.com/app:latest}
`,
	// moby/buildkit, exporter/containerimage/writer.go; docker/buildx, pull request 3433
	"referrer-attestation": `
root mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
referrer mediaType=oci.manifest artifactType=application/vnd.docker.attestation.manifest.v1+json config=oci.empty data layer=application/vnd.in-toto+json {in-toto.io/predicate-type=https://slsa.dev/provenance/v1} subject=root
`,
	// inspektor-gadget/inspektor-gadget, pull request 5495; oras-project/oras, "oras attach"
	"sbom": `
root mediaType=oci.index
#1 oci.manifest linux/amd64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest linux/arm64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#3 oci.manifest unknown/unknown {vnd.docker.reference.digest=#1 vnd.docker.reference.type=attestation-manifest}
   mediaType=oci.manifest artifactType=application/vnd.docker.attestation.manifest.v1+json config=oci.empty data layer=application/vnd.in-toto+json {in-toto.io/predicate-type=https://slsa.dev/provenance/v1} subject=#1
#4 oci.manifest unknown/unknown {vnd.docker.reference.digest=#2 vnd.docker.reference.type=attestation-manifest}
   mediaType=oci.manifest artifactType=application/vnd.docker.attestation.manifest.v1+json config=oci.empty data layer=application/vnd.in-toto+json {in-toto.io/predicate-type=https://slsa.dev/provenance/v1} subject=#2
#5 oci.manifest no platform artifactType=application/spdx+json
   mediaType=oci.manifest artifactType=application/spdx+json config=oci.empty data layer=application/spdx+json {org.opencontainers.image.title=sbom.spdx.json} {org.opencontainers.image.created=1970-01-01T00:00:00Z}
#6 oci.manifest linux/ artifactType=application/spdx+json
   mediaType=oci.manifest artifactType=application/spdx+json config=oci.empty data layer=application/spdx+json {org.opencontainers.image.title=sbom.spdx.json} subject=#1 {org.opencontainers.image.created=1970-01-01T00:00:00Z}
#7 oci.manifest linux/
   mediaType=oci.manifest artifactType=application/spdx+json config=oci.empty data layer=application/spdx+json {org.opencontainers.image.title=sbom.spdx.json} subject=#2 {org.opencontainers.image.created=1970-01-01T00:00:00Z}
`,
	// awslabs/soci-snapshotter, soci/soci_convert.go and soci/soci_index.go
	"soci": `
root mediaType=oci.index
#1 oci.manifest linux/amd64 {com.amazon.soci.index-digest=#3}
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip {com.amazon.soci.index-digest=#3}
#2 oci.manifest linux/arm64 {com.amazon.soci.index-digest=#4}
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip {com.amazon.soci.index-digest=#4}
#3 oci.manifest linux/amd64 artifactType=application/vnd.amazon.soci.index.v2+json {com.amazon.soci.image-manifest-digest=#1}
   mediaType=oci.manifest config=application/vnd.amazon.soci.index.v2+json layer=application/octet-stream {com.amazon.soci.image-layer-digest=#1.layer1 com.amazon.soci.image-layer-mediaType=application/vnd.oci.image.layer.v1.tar+gzip com.amazon.soci.span-size=4194304} {com.amazon.soci.build-tool-identifier=AWS SOCI CLI v0.2}
#4 oci.manifest linux/arm64 artifactType=application/vnd.amazon.soci.index.v2+json {com.amazon.soci.image-manifest-digest=#2}
   mediaType=oci.manifest config=application/vnd.amazon.soci.index.v2+json layer=application/octet-stream {com.amazon.soci.image-layer-digest=#2.layer1 com.amazon.soci.image-layer-mediaType=application/vnd.oci.image.layer.v1.tar+gzip com.amazon.soci.span-size=4194304} {com.amazon.soci.build-tool-identifier=AWS SOCI CLI v0.2}
`,
	// awslabs/soci-snapshotter, soci/soci_convert.go, annotateImages
	"soci-attested": `
root mediaType=oci.index
#1 oci.manifest linux/amd64 {com.amazon.soci.index-digest=#3}
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip {com.amazon.soci.index-digest=#3}
#2 oci.manifest unknown/unknown
   mediaType=oci.manifest config=oci.config layer=application/vnd.in-toto+json {in-toto.io/predicate-type=https://slsa.dev/provenance/v1}
#3 oci.manifest linux/amd64 artifactType=application/vnd.amazon.soci.index.v2+json {com.amazon.soci.image-manifest-digest=#1}
   mediaType=oci.manifest config=application/vnd.amazon.soci.index.v2+json layer=application/octet-stream {com.amazon.soci.image-layer-digest=#1.layer1 com.amazon.soci.image-layer-mediaType=application/vnd.oci.image.layer.v1.tar+gzip com.amazon.soci.span-size=4194304} {com.amazon.soci.build-tool-identifier=AWS SOCI CLI v0.2}
`,
	// distribution/distribution, pull request 3536
	"sparse": `
root mediaType=oci.index
#1 oci.manifest linux/amd64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest linux/arm64
`,
	// containers/image, internal/manifest/oci_index.go, editInstances
	"zstd": `
root mediaType=oci.index
#1 oci.manifest linux/amd64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#2 oci.manifest linux/arm64
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+gzip
#3 oci.manifest linux/amd64 {io.github.containers.compression.zstd=true}
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+zstd
#4 oci.manifest linux/arm64 {io.github.containers.compression.zstd=true}
   mediaType=oci.manifest config=oci.config layer=oci.layer.v1.tar+zstd
`,
}

func TestShapeFacts(t *testing.T) {
	eachShape(t, func(t *testing.T, s Shape) {
		name := strings.TrimPrefix(t.Name(), "TestShapeFacts/")
		if diff := cmp.Diff(strings.TrimSpace(shapeFacts[name]), shapeLines(t, s)); diff != "" {
			t.Error(diff)
		}
	})
}
