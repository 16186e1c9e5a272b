#!/bin/sh
# The demo: one small program, built for four architectures as four machines would, put into an image each, and these put
# together under one name. With REGISTRY, it also pushes the images that README and the first tutorial use. Needs Go and
# the program.
set -eu
cd "$(dirname "$0")/../.."
go=${GO:-go}
tool=${MANIFEST_TOOL:-./manifest-tool}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=${DEMO_DIR:-dist/demo}
rm -rf "$out/amd64" "$out/arm64" "$out/armv7" "$out/riscv64" "$out/all" && mkdir -p "$out"

"$go" build -o "$work/image" ./examples/demo/image
for platform in linux/amd64 linux/arm64 linux/arm/v7 linux/riscv64; do
	arch=$(echo "$platform" | cut -d/ -f2) name=$(echo "${platform#linux/}" | tr -d /)
	echo "building hello for $platform"
	CGO_ENABLED=0 GOOS=linux GOARCH=$arch GOARM=7 "$go" build -trimpath -ldflags "-s -w" -o "$work/hello-$name" ./examples/demo/hello
	"$work/image" "$work/hello-$name" "$platform" "$out/$name"
done

target=oci-layout:$out/all:1.0
if [ -n "${REGISTRY:-}" ]; then
	target=$REGISTRY/demo/hello:1.0
	for name in amd64 arm64 riscv64; do
		"$tool" copy "oci-layout:$out/$name" "$REGISTRY/acme/app:1.0-$name"
	done
	"$tool" copy "oci-layout:$out/arm64" "$REGISTRY/acme/app-arm64:1.0"
fi
cat >"$out/spec.yaml" <<SPEC
image: $target
manifests:
  - image: oci-layout:$out/amd64
  - image: oci-layout:$out/arm64
  - image: oci-layout:$out/armv7
  - image: oci-layout:$out/riscv64
SPEC
show() { echo; echo "\$ $*"; "$@"; }
show cat "$out/spec.yaml"
show "$tool" push from-spec "$out/spec.yaml"
show "$tool" inspect "$target"
