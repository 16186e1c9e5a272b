package integration

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// TestSpecOfDockerDraft turns a draft of docker manifest into a spec. A push of the spec lists the images for the platforms
// for which docker lists them.
func TestSpecOfDockerDraft(t *testing.T) {
	t.Parallel()
	docker := installed(t, "docker")
	home := t.TempDir()
	env := []string{"HOME=" + home, "DOCKER_CLI_EXPERIMENTAL=enabled"}
	if _, err := command(t, env, docker, "manifest", "create", "--help"); err != nil {
		unavailable(t, "docker manifest", err)
	}
	r := startDistribution(t)
	for _, architecture := range []string{"amd64", "arm64", "s390x"} {
		pushArtifact(t, r.Host, "drafted", architecture, registrytest.Image{Architecture: architecture, Docker: true}.Build())
	}
	list, image := r.Host+"/drafted:1.0", r.Host+"/drafted:"
	file := filepath.Join(home, "drafted.yaml")
	for _, line := range [][]string{
		{docker, "manifest", "create", "--insecure", list, image + "amd64", image + "arm64", image + "s390x"},
		{docker, "manifest", "annotate", list, image + "arm64", "--arch", "arm", "--variant", "v7", "--os-version", "1.2"},
		{binary(t), "--plain-http", "spec", "init", "--from-draft", list, "--target", r.Host + "/ours:1.0", "-o", file},
		{binary(t), "--plain-http", "push", "from-spec", file},
		{docker, "manifest", "push", "--insecure", list},
	} {
		if out, err := command(t, env, line[0], line[1:]...); err != nil {
			t.Fatalf("%q: %v\n%s", line, err, out)
		}
	}
	theirs, ours := platformsBehind(t, r.Host, "drafted", "1.0"), platformsBehind(t, r.Host, "ours", "1.0")
	if diff := cmp.Diff(theirs, ours); diff != "" || len(theirs) != 4 { // with the type
		t.Errorf("what the spec pushes differs (-docker +ours):\n%s", diff)
	}
}
