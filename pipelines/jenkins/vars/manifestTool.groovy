// A step of a shared library: puts the images together that other stages have pushed, and returns the digest.
//
//   manifestTool(target: 'registry.example/acme/app:1.0',
//                template: 'registry.example/acme/app:1.0-ARCH', platforms: 'linux/amd64,linux/arm64',
//                args: '--strict', credentialsId: 'registry')
//
// target         the name to push to
// tags           more tags
// sources        what build stages hand on: files such as metadata-*.json, folders of digests, REPOSITORY@sha256:...
// template       instead of sources, a name with ARCH in it; platforms are the platforms of the images
// require        fail, and write nothing, if one of these platforms is missing
// credentialsId  a user name with a password, for the registry of the target. Without it, the agent's login counts
// args           more flags of manifest-tool
//
// Several tags, sources, platforms and flags are a list, or words with spaces in between. The program manifest-tool has to be
// on PATH of the agent, or in the image in which the stage runs.
def call(Map options) {
  def known = ['target', 'tags', 'sources', 'template', 'platforms', 'require', 'credentialsId', 'args']
  def unknown = (options.keySet() as List) - known
  if (unknown) {
    error("manifestTool: unknown option ${unknown.join(', ')}; the options are ${known.join(', ')}")
  }
  if (!options.target || !options.sources == !options.template) {
    error('manifestTool: set target, and either sources or template with platforms')
  }
  if (options.credentialsId) {
    def login = usernamePassword(credentialsId: options.credentialsId,
      usernameVariable: 'MERGE_USERNAME', passwordVariable: 'MERGE_PASSWORD')
    return withCredentials([login]) { push(options) }
  }
  return push(options)
}

// Options reach the script as variables, and no part of it, so that nothing in them is run.
private String push(Map options) {
  def variables = [
    "MERGE_TARGET=${options.target}",
    "MERGE_TAGS=${words(options.tags, ',')}",
    "MERGE_SOURCES=${words(options.sources, ' ')}",
    "MERGE_TEMPLATE=${options.template ?: ''}",
    "MERGE_PLATFORMS=${words(options.platforms, ',')}",
    "MERGE_REQUIRE=${words(options.require, ',')}",
    "MERGE_ARGS=${words(options.args, ' ')}",
  ]
  return withEnv(variables) {
    sh(label: 'manifest-tool', returnStdout: true, script: '''#!/bin/sh
      set -eu
      digest=$(mktemp)
      trap 'rm -f "$digest"' EXIT
      set -- $MERGE_ARGS --target="$MERGE_TARGET" --digest-file="$digest"
      if [ -n "$MERGE_TAGS" ]; then set -- "$@" --tags="$MERGE_TAGS"; fi
      if [ -n "$MERGE_REQUIRE" ]; then set -- "$@" --require="$MERGE_REQUIRE"; fi
      if [ -n "${MERGE_PASSWORD:-}" ]; then set -- "$@" --username="$MERGE_USERNAME" --password-stdin; fi
      if [ -n "$MERGE_TEMPLATE" ]; then
        set -- from-args --template="$MERGE_TEMPLATE" --platforms="$MERGE_PLATFORMS" "$@"
      else
        set -- from-digests "$@" -- $MERGE_SOURCES
      fi
      printf %s "${MERGE_PASSWORD:-}" | manifest-tool push "$@" >&2
      cat "$digest"
    ''').trim()
  }
}

// words joins a list, or the words of a text.
private String words(value, String separator) {
  def list = value instanceof Collection ? value : (value ?: '').toString().tokenize(' ,\n')
  return list.join(separator)
}
