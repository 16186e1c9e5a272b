// Package integration runs the built manifest-tool against real registries and real clients.
//
// They are programs of the modules under tools/, each pinned in a go.mod of its own, so that none of
// their dependencies gets into ours. To move one: go -C tools/olareg get -tool PACKAGE@VERSION. Do not
// tidy those modules: that would add what the tests of other people's packages need. Others are
// Debian's, which .ci/run installs: skopeo, podman, a Docker engine, an emulator, an older
// registry, nginx. The module tools/ociregistry has a small main of its own, as its library has no program.
//
// TestStop takes a choice of the moments at which a push can be stopped, and TestScripts runs most scripts in workers. With
// MANIFEST_TOOL_LONG=1, TestStop takes all moments, and TestScripts runs all scripts with the built program too.
//
// TestKubernetes runs with "make test-kubernetes" only: kube-apiserver and kube-controller-manager, from the module
// tools/kubernetes, with Debian's etcd, and a node of ours that runs pods as processes. TestKubernetesManifests needs the
// schema of that module, and builds nothing of it.
//
// Everything listens on loopback. Where a module cannot be fetched or a program is missing, its tests are
// skipped, unless the environment variable CI is set: then they fail.
package integration
