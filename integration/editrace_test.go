package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// editors add something to one index at the same time, each in a process of its own.
var editors = []string{"arm64", "ppc64le", "riscv64", "s390x", "386", "loong64"}

// TestEditProcesses lets them. Whoever is overtaken does it again, also where that shows a moment later, so
// nobody fails and nothing is lost.
func TestEditProcesses(t *testing.T) {
	t.Parallel()
	host := startDistribution(t).Host
	target := host + "/app:1.0"
	pushArtifact(t, host, "app", "1.0", registrytest.Index(false, registrytest.Image{Architecture: "amd64"}.Build()))
	edit := func(architecture string) *process {
		pushArtifact(t, host, "build", architecture, registrytest.Image{Architecture: architecture}.Build())
		return newProcess(t, "edit", target, "--add", host+"/build:"+architecture, "--retry-on-conflict", "50")
	}
	var all []*process
	for _, architecture := range editors {
		all = append(all, edit(architecture))
	}
	for _, p := range all {
		p.launch(t)
	}
	for _, p := range all {
		if p.mustEnd(t, done); !strings.HasPrefix(p.stdout.String(), "Digest: ") {
			t.Errorf("%s%s", &p.stdout, &p.stderr)
		}
	}
	if _, err := scripttest.Walk(target); err != nil {
		t.Error(err)
	}
	if n := lacking(t, target); n > 0 {
		t.Errorf("%d of %d edits are lost", n, len(editors))
	}
}

// lacking counts the editors' images that an index does not list.
func lacking(t testing.TB, target string) int {
	t.Helper()
	p := newProcess(t, "inspect", target)
	p.launch(t)
	p.mustEnd(t, done)
	n := 0
	for _, architecture := range editors {
		if !strings.Contains(p.stdout.String(), fmt.Sprintf("linux/%s ", architecture)) {
			n++
		}
	}
	return n
}
