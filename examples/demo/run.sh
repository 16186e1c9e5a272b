#!/bin/sh
# The demo: one small program, built for three architectures as three machines would, put into an
# image each, and these put together under one name. Needs Go and the program.
set -eu
cd "$(dirname "$0")/../.."
go=${GO:-go}
tool=${MANIFEST_TOOL:-./manifest-tool}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=${DEMO_DIR:-dist/demo}
rm -rf "$out/amd64" "$out/arm64" "$out/arm" "$out/all" && mkdir -p "$out"

"$go" build -o "$work/image" ./examples/demo/image
for platform in linux/amd64 linux/arm64 linux/arm/v7; do
	arch=$(echo "$platform" | cut -d/ -f2)
	echo "building hello for $platform"
	CGO_ENABLED=0 GOOS=linux GOARCH=$arch GOARM=7 "$go" build -trimpath -ldflags "-s -w" -o "$work/hello-$arch" ./examples/demo/hello
	"$work/image" "$work/hello-$arch" "$platform" "$out/$arch"
done

target=oci-layout:$out/all:1.0
[ -z "${REGISTRY:-}" ] || target=$REGISTRY/demo/hello:1.0
cat >"$out/spec.yaml" <<SPEC
image: $target
manifests:
  - image: oci-layout:$out/amd64
  - image: oci-layout:$out/arm64
  - image: oci-layout:$out/arm
SPEC
show() { echo; echo "\$ $*"; "$@"; }
show cat "$out/spec.yaml"
show "$tool" push from-spec "$out/spec.yaml"
show "$tool" inspect "$target"
