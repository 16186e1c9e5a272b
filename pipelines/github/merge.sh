#!/bin/sh
# The merge step of the action: makes one command of manifest-tool from the inputs, and sets the outputs. The inputs
# are the variables INPUT_...; nothing in them is ever read as shell code.
set -eu

newline='
'
command= # the arguments of manifest-tool, one a line
targets= # names to push to, one a line
tags=    # tags without a repository
sources= # the images to put together

fail() {
  printf 'manifest-tool action: %s\n' "$*" >&2 # echo of dash would make lines of \n, which may be commands of the runner
  exit 1
}

# input prints an input without carriage returns. Most inputs are empty: they start no process.
input() {
  eval "value=\${INPUT_$1:-}"
  if [ -n "$value" ]; then printf '%s\n' "$value" | tr -d '\r'; fi
}

# list prints the items of inputs, one a line. The items of an input stand on lines of their own, or have commas
# between them.
list() {
  for name in "$@"; do
    value=$(input "$name")
    if [ -n "$value" ]; then printf '%s\n' "$value" | tr ',' '\n' | lines; fi
  done
}

# lines prints the lines of stdin that are not blank, without the spaces around them.
lines() {
  while read -r line || [ -n "$line" ]; do
    [ -z "$line" ] || printf '%s\n' "$line"
  done
}

# isOn reports whether an input is true. What is neither true nor false is an error.
isOn() {
  case $(input "$1" | lines) in
    true | True | TRUE) return 0 ;;
    false | False | FALSE | '') return 1 ;;
  esac
  fail "the input $2 has to be true or false"
}

argument() { command="$command$1$newline"; }

# each adds PREFIX and an item as one argument, for each line of LINES.
each() {
  if [ -n "$2" ]; then
    command="$command$(printf '%s\n' "$2" | while read -r item; do printf '%s%s\n' "$1" "$item"; done)$newline"
  fi
}

# targetsOf prints the items that have a repository, and tagsOf the others.
targetsOf() { printf '%s\n' "$1" | grep '[/:]' || true; }
tagsOf() { printf '%s\n' "$1" | grep -v '[/:]' || true; }

# repositoryOf prints a name without digest and tag.
repositoryOf() {
  repository=${1%@*}
  case ${repository##*/} in *:*) repository=${repository%:*} ;; esac
  printf '%s\n' "$repository"
}

# names reads who is put together, and under which names. Of Noelware's inputs, "images" are put together as
# "inputs"; without "images", "inputs" are put together as "tags".
names() {
  wanted=$(list TARGET TAGS)
  sources=$(list SOURCES)
  images=$(list IMAGES EXTRA_IMAGES)
  inputs=$(list INPUTS BASE_IMAGE)
  if [ -n "$images" ]; then
    sources=$(printf '%s\n' "$sources" "$images" | lines)
    wanted=$(printf '%s\n' "$inputs" "$wanted" | lines)
  else
    sources=$(printf '%s\n' "$sources" "$inputs" | lines)
  fi
  targets=$(targetsOf "$wanted")
  tags=$(tagsOf "$wanted" | lines)
}

# fromDigests puts together what build jobs left behind, and images by name.
fromDigests() {
  argument push
  argument from-digests
  if [ -n "$targets" ]; then
    each --target= "$targets"
    each --tags= "$tags"
  elif [ -n "${DOCKER_METADATA_OUTPUT_JSON:-}" ] && [ -z "$tags" ]; then
    argument --tags-json=env:DOCKER_METADATA_OUTPUT_JSON
  elif isDry && [ -z "$tags" ] && [ -n "$sources" ]; then
    argument "--target=$(repositoryOf "$(printf '%s\n' "$sources" | head -n 1)")"
    argument --by-digest
  else
    fail "no name to push to: set tags to names such as ghcr.io/acme/app:1.0, or run docker/metadata-action before"
  fi
  each --repo= "$(list REPO)"
  each --platforms= "$platforms"
}

# fromTemplate puts together the images that a template names. DOCKER_METADATA_OUTPUT_TAGS has names too, one a line.
fromTemplate() {
  [ -n "$platforms" ] || fail "the input template requires platforms"
  [ -z "$sources$(list DIGESTS_PATH)" ] || fail "use template, or sources and digests-path"
  if [ -z "$targets$tags" ]; then targets=$(printf '%s\n' "${DOCKER_METADATA_OUTPUT_TAGS:-}" | tr -d '\r' | tr ',' '\n' | lines); fi
  first=$(printf '%s\n' "$targets" | head -n 1)
  [ -n "$first" ] || fail "no name to push to: set tags to names such as ghcr.io/acme/app:1.0, or run docker/metadata-action before"
  argument push
  argument from-args
  argument "--template=$template"
  each --platforms= "$platforms"
  argument "--target=$first"
  each --tags= "$tags"
  others=$(printf '%s\n' "$targets" | tail -n +2 | while read -r other; do
    [ "$(repositoryOf "$other")" = "$(repositoryOf "$first")" ] ||
      fail "with template, all names have to be in one repository: $first, $other"
    printf '%s\n' "${other##*:}"
  done)
  each --tags= "$others"
}

# fromSpec pushes what specs say. They name their targets themselves.
fromSpec() {
  [ -z "$targets$tags$sources$template$(list DIGESTS_PATH)" ] ||
    fail "use spec alone: a spec names its images, targets and tags"
  ! isOn APPEND append || fail "use spec, or append"
  argument push
  argument from-spec
  each --platforms= "$platforms"
}

# append adds images to the index that the first name has.
append() {
  first=$(printf '%s\n' "$targets" | head -n 1)
  [ -n "$first" ] || fail "append requires tags with a repository, such as ghcr.io/acme/app:1.0"
  [ -n "$sources" ] || fail "append requires sources"
  [ -z "$template$platforms$(list DIGESTS_PATH)" ] || fail "append takes sources only, and neither template, platforms nor digests-path"
  argument edit
  each --add= "$sources"
  each --tag= "$targets"
  each --tag= "$tags"
}

# hasMany reports whether the specs may describe several images. Then there is no one digest, and each image has a
# line of JSON.
hasMany() {
  if [ -z "$spec" ]; then return 1; fi
  if [ ! -f "$spec" ]; then return 0; fi # several lines, or a folder
  tail -n +2 "$spec" | grep -q '^---'
}

# isDry reports whether nothing is written. An empty push, such as ${{ inputs.push }} of a run without inputs, is an
# error: the job would succeed without a push.
isDry() {
  [ -n "$(input PUSH | lines)" ] || fail "the input push is empty: set true or false"
  ! isOn PUSH push || isOn DRY_RUN dry-run
}

# options adds the flags that all these commands have.
options() {
  each --require= "$(list REQUIRE)"
  each --type= "$(list TYPE)"
  each --annotation= "$(input INDEX_ANNOTATIONS | lines)"
  each --annotation= "$(input ANNOTATIONS | lines)"
  if isOn ATTEST attest; then argument --attest; fi
  if isOn RECORD_SOURCES record-sources; then argument --record-sources; fi
  if isOn VERIFY verify; then argument --verify; fi
  if isOn STRICT strict; then argument --strict; fi
  if isDry; then argument --dry-run; fi
  each '' "$(input EXTRA_ARGS | lines)"
}

# operands adds the arguments that are no flags. Behind --, none is taken for a flag.
operands() {
  argument --
  if [ -n "$spec" ]; then
    each '' "$spec"
  elif isOn APPEND append; then
    argument "$first"
  elif [ -z "$template" ]; then
    each '' "$(list DIGESTS_PATH)"
    each '' "$sources"
  fi
}

# outputs sets what the outputs tags and images of the action are made of. Digest, ref and media type are set by the
# program. What --metadata-file writes has the names with commas between them.
outputs() {
  pushed=$(sed -n 's/.*"image\.name": *"\([^"]*\)".*/\1/p' "$1")
  {
    printf 'pushed=%s\n' "$pushed"
    echo "tags<<end-of-tags"
    printf '%s\n' "$pushed" | tr ',' '\n'
    echo "end-of-tags"
  } >>"$GITHUB_OUTPUT"
}

main() {
  names
  template=$(list TEMPLATE)
  platforms=$(list PLATFORMS)
  spec=$(list SPEC)
  if [ -n "$spec" ]; then
    fromSpec
  elif isOn APPEND append; then
    append
  elif [ -n "$template" ]; then
    fromTemplate
  elif [ -n "$sources$(list DIGESTS_PATH)" ]; then
    fromDigests
  else
    fail "nothing to put together: set digests-path, sources, template or spec. An output of a step that does not exist is empty"
  fi
  options

  temporary=$(mktemp -d)
  trap 'rm -rf "$temporary"' EXIT
  if hasMany; then
    argument --output=jsonl
  elif ! isDry; then
    argument "--metadata-file=$temporary/metadata.json"
  fi
  if ! isDry; then argument --github-output; fi
  operands

  set -f
  IFS=$newline
  # shellcheck disable=SC2086 # each line is one argument
  set -- $command
  unset IFS
  set +f
  manifest-tool "$@"
  if [ -f "$temporary/metadata.json" ]; then outputs "$temporary/metadata.json"; fi
}

main
