#!/bin/sh
# Installs manifest-tool from a release into a folder. Nothing is installed unless the checksum is right.
#
#   install.sh VERSION DIR
#
# VERSION  1.2.3 or v1.2.3; latest; path: use the program on PATH; source: build the source that this script
#          belongs to, with Go. If empty: ACTION_REF if that is a release such as v1.2.3, else latest
# DIR      the folder. In a job of GitHub Actions, the next steps find the program on PATH
#
# MANIFEST_TOOL_URL     where the releases are, for a mirror
# MANIFEST_TOOL_SHA256  the checksum of the program. Without it, SHA256SUMS of the release has the checksum
set -eu

url=${MANIFEST_TOOL_URL:-https://github.com/manifest-tool/manifest-tool/releases}
url=${url%/}

fail() {
  printf 'install.sh: %s\n' "$*" >&2 # echo of dash would make lines of \n, which may be commands of the runner
  exit 1
}

# system prints OS and architecture as the names of the release have them.
system() {
  case ${RUNNER_OS:-$(uname -s)} in
    Linux) os=linux ;;
    macOS | Darwin) os=darwin ;;
    FreeBSD) os=freebsd ;;
    Windows | MINGW* | MSYS* | CYGWIN*) os=windows ;;
    *) os=${RUNNER_OS:-$(uname -s)} ;;
  esac
  case ${RUNNER_ARCH:-$(uname -m)} in
    X64 | x86_64 | amd64) arch=amd64 ;;
    ARM64 | aarch64 | arm64) arch=arm64 ;;
    X86 | i?86 | 386) arch=386 ;;
    armv6*) arch=armv6 ;;
    ARM | armv7* | armv8*) arch=armv7 ;;
    ppc64le | s390x | riscv64) arch=${RUNNER_ARCH:-$(uname -m)} ;;
    *) arch=${RUNNER_ARCH:-$(uname -m)} ;;
  esac
  echo "$os-$arch"
}

# asset prints the name of the file in the release for a system.
asset() {
  case $1 in
    linux-amd64 | linux-arm64 | linux-armv6 | linux-armv7 | linux-386) ;;
    linux-ppc64le | linux-s390x | linux-riscv64) ;;
    darwin-amd64 | darwin-arm64 | freebsd-amd64 | freebsd-arm64) ;;
    windows-amd64 | windows-arm64)
      echo "manifest-tool-$1.exe"
      return
      ;;
    *) fail "no release has a program for $1: build it with Go, and use the version \"path\"" ;;
  esac
  echo "manifest-tool-$1"
}

# isRelease reports whether a word is the number of a release, which may become a part of a URL.
isRelease() {
  case $1 in
    *[!0-9A-Za-z.+-]*) return 1 ;;
    [0-9]*.[0-9]*.[0-9]* | v[0-9]*.[0-9]*.[0-9]*) return 0 ;;
  esac
  return 1
}

# folder prints where the files of a version are.
folder() {
  if [ "$1" = latest ]; then
    echo "$url/latest/download"
  elif isRelease "$1"; then
    echo "$url/download/v${1#v}"
  else
    fail "\"$1\" is not a version: use 1.2.3, latest, path or source"
  fi
}

# fetch downloads a file, over https unless the server is this machine.
fetch() {
  protocol='=https'
  case $1 in
    https://*) ;;
    http://127.0.0.1:* | http://localhost:*) protocol='=http,https' ;;
    *) fail "$1: the URL has to start with https://" ;;
  esac
  if command -v curl >/dev/null 2>&1; then
    curl --silent --show-error --fail --location --proto "$protocol" --proto-redir "$protocol" \
      --retry 3 --connect-timeout 30 --max-time 600 --output "$2" "$1" ||
      fail "cannot download $1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -T 60 -O "$2" "$1" || fail "cannot download $1"
  else
    fail "neither curl nor wget is installed"
  fi
}

# sha256 prints the checksum of a file.
sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum <"$1"
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 <"$1"
  elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 -r <"$1"
  else
    fail "none of sha256sum, shasum and openssl is installed"
  fi | cut -d ' ' -f 1
}

# expected prints the checksum that a file has to have, by the list of the release.
expected() {
  sum=$(tr -d '\r' <"$2" | awk -v name="$1" '$2 == name || $2 == "*" name { print $1 }')
  case $sum in
    '') fail "SHA256SUMS of the release does not list $1" ;;
    *[!0-9a-f]*) fail "SHA256SUMS of the release has no single checksum for $1" ;;
  esac
  [ ${#sum} -eq 64 ] || fail "SHA256SUMS of the release has no single checksum for $1"
  echo "$sum"
}

# download puts the program of a release into a temporary folder, and checks it.
download() {
  fetch "$1/$2" "$3/$2"
  want=$(printf '%s' "${MANIFEST_TOOL_SHA256:-}" | tr A-F a-f)
  if [ -z "$want" ]; then
    fetch "$1/SHA256SUMS" "$3/SHA256SUMS"
    want=$(expected "$2" "$3/SHA256SUMS")
  fi
  got=$(sha256 "$3/$2")
  [ "$got" = "$want" ] || fail "$1/$2: the checksum is $got, and not $want. Nothing was installed"
  mv "$3/$2" "$3/$4"
}

# build compiles the source beside this script.
build() {
  command -v go >/dev/null 2>&1 || fail "the version \"source\" needs Go"
  (cd "$(dirname "$0")/../.." && CGO_ENABLED=0 go build -trimpath -o "$1" ./cmd/manifest-tool) ||
    fail "cannot build the source"
}

main() {
  [ $# -eq 2 ] || fail "usage: install.sh VERSION DIR"
  version=$1 dir=$2
  if [ -z "$version" ]; then
    version=latest
    if isRelease "${ACTION_REF:-}"; then version=$ACTION_REF; fi
  fi
  if [ "$version" = path ]; then
    command -v manifest-tool >/dev/null 2>&1 || fail "manifest-tool is not on PATH"
    manifest-tool --version
    return
  fi
  name=manifest-tool
  where=$(system)
  case $where in windows-*) name=manifest-tool.exe ;; esac
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  temporary=$(mktemp -d "$dir/install.XXXXXX")
  trap 'rm -rf "$temporary"' EXIT
  if [ "$version" = source ]; then
    build "$temporary/$name"
  else
    from=$(folder "$version")
    file=$(asset "$where")
    download "$from" "$file" "$temporary" "$name"
    chmod 0755 "$temporary/$name"
  fi
  "$temporary/$name" --version || fail "the program does not run on this machine"
  mv -f "$temporary/$name" "$dir/$name"
  if [ -n "${GITHUB_PATH:-}" ]; then printf '%s\n' "$2" >>"$GITHUB_PATH"; fi
}

main "$@"
