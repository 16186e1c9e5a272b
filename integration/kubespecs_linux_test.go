package integration

import (
	"fmt"
	"strings"
	"testing"
)

// The specs of TestKubernetes: some hundred, in repositories with four tags each.
const (
	specCount           = 400
	specsPerFile        = 40
	tagsPerName         = 4
	sourceName          = "build/app"
	sourceArchitectures = "amd64 arm64 ppc64le riscv64 s390x"
)

func pushSources(t testing.TB, host string) {
	t.Helper()
	for _, arch := range strings.Fields(sourceArchitectures) {
		pushImage(t, host, sourceName, arch, "linux", arch)
	}
}

// manySpecs are files of specs, by name. All sources are on registry a; the targets are on both. No two indexes are equal.
func manySpecs(a, b string) map[string]string {
	files := map[string]string{}
	for i := range specCount {
		repository, tag := i/tagsPerName, i%tagsPerName
		target := []string{a, b}[repository%2]
		text := fmt.Sprintf("image: %s/acme/app-%03d:1.%d\nannotations: {org.opencontainers.image.revision: r%d}\nmanifests:\n", target, repository, tag, i)
		for _, arch := range strings.Fields(sourceArchitectures)[:2+i%4] {
			text += fmt.Sprintf("  - image: %s/%s:%s\n", a, sourceName, arch)
		}
		file := fmt.Sprintf("specs-%02d.yaml", i/specsPerFile)
		files[file] += text + "---\n"
	}
	for name, text := range files {
		files[name] = strings.TrimSuffix(text, "---\n")
	}
	return files
}
