#!/bin/sh
# Copies the images of a release to a registry, with their provenance, under all tags of the release:
#
#	publish.sh LAYOUT VERSION REPOSITORY
#
# LAYOUT is what internal/release/images has made. A version such as 1.1.0-rc.1 moves no other tag.
set -eu
layout=$1 version=$2 repository=$3
tool=${MANIFEST_TOOL:-./manifest-tool}

# The -shell variant is also there as alpine, the name that it has in manifest-tool v2.
plain=$version shell=$version-shell,alpine-v$version
case $version in
*-*) ;;
*)
	major=${version%%.*} minor=${version%.*}
	plain=$plain,$minor,$major,latest
	shell=$shell,$minor-shell,$major-shell,alpine
	;;
esac

"$tool" promote --referrers --tags "$plain" "oci-layout:$layout:$version" "$repository:$version"
"$tool" promote --referrers --tags "$shell" "oci-layout:$layout:$version-shell" "$repository:$version-shell"
