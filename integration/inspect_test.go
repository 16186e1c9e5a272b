package integration

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// inspectOut is what our inspect prints.
func inspectOut(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(binary(t), append([]string{"--plain-http", "inspect"}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, stderr.String())
	}
	return string(out)
}

// TestInspectAsOthersDo compares inspect with the commands of crane, skopeo, oras and regctl for the same image. A case is a
// need that people have in scripts.
func TestInspectAsOthersDo(t *testing.T) {
	t.Parallel()
	r := startDistribution(t)
	labels := map[string]string{"org.opencontainers.image.version": "1.0", "maintainer": "acme"}
	amd64 := registrytest.Image{Labels: labels, Layers: 3}.Build()
	arm64 := registrytest.Image{Labels: labels, Architecture: "arm64", Layers: 2}.Build()
	index := registrytest.Index(false, amd64, arm64)
	for tag, image := range map[string]registrytest.Artifact{"one": amd64, "index": index} {
		if err := image.Push("http://"+r.Host, "team/app", tag); err != nil {
			t.Fatal(err)
		}
	}
	if err := registrytest.ReferTo(index, "scanned").PushReferrer("http://"+r.Host, "team/app", index.Digest); err != nil {
		t.Fatal(err)
	}
	one, multi := r.Host+"/team/app:one", r.Host+"/team/app:index"
	t.Run("crane", func(t *testing.T) { inspectAsCrane(t, one, multi) })
	t.Run("skopeo", func(t *testing.T) { inspectAsSkopeo(t, one, multi) })
	t.Run("oras", func(t *testing.T) { inspectAsOras(t, multi) })
	t.Run("regctl", func(t *testing.T) { inspectAsRegctl(t, r.Host, multi) })
}

// same compares what two programs print, but for the newline at the end.
func same(t *testing.T, what, theirs, ours string) {
	t.Helper()
	if strings.TrimSpace(theirs) != strings.TrimSpace(ours) || strings.TrimSpace(ours) == "" {
		t.Errorf("%s: they print\n%s\nwe print\n%s", what, theirs, ours)
	}
}

func inspectAsCrane(t *testing.T, one, multi string) {
	same(t, "digest", crane(t, "digest", multi), inspectOut(t, "--format", "digest", multi))
	same(t, "digest of a platform", crane(t, "digest", "--platform", "linux/arm64", multi), inspectOut(t, "--format", "digest", "--platform", "linux/arm64", multi))
	same(t, "manifest", crane(t, "manifest", multi), inspectOut(t, "--format", "raw", multi))
	same(t, "manifest of a platform", crane(t, "manifest", "--platform", "linux/arm64", multi), inspectOut(t, "--format", "raw", "--platform", "linux/arm64", multi))
	same(t, "config", crane(t, "config", one), inspectOut(t, "--format", "config", one))
	same(t, "config of a platform", crane(t, "config", "--platform", "linux/arm64", multi), inspectOut(t, "--format", "config", "--platform", "linux/arm64", multi))
	same(t, "config for a node", crane(t, "config", "--platform", "linux/arm64", multi), inspectOut(t, "--format", "config", "--for", "linux/arm64", multi))
}

func inspectAsSkopeo(t *testing.T, one, multi string) {
	program, env := installed(t, "skopeo"), containersEnv(t)
	skopeo := func(image string, args ...string) string {
		out, err := command(t, env, program, append([]string{"inspect", "--tls-verify=false", "docker://" + image}, args...)...)
		if err != nil {
			t.Error(err)
		}
		return out
	}
	same(t, "raw", skopeo(multi, "--raw"), inspectOut(t, "--format", "raw", multi))
	same(t, "raw config", skopeo(one, "--config", "--raw"), inspectOut(t, "--format", "config", one))
	same(t, "raw config of a platform", skopeo(multi, "--config", "--raw", "--override-arch", "arm64"), inspectOut(t, "--format", "config", "--platform", "linux/arm64", multi))
	for _, template := range []string{"{{.Digest}}", "{{.Os}}/{{.Architecture}}", "{{.Labels}}", "{{.Layers}}", `{{index .Labels "maintainer"}}`, "{{len .Layers}}"} {
		same(t, template, skopeo(one, "--format", template), inspectOut(t, "--format", template, one))
	}
}

// peer runs a program of integration/tools.
func peer(t *testing.T, name string, args ...string) string {
	t.Helper()
	env := append(os.Environ(), "HOME="+t.TempDir(), "DOCKER_CONFIG="+t.TempDir())
	out, err := command(t, env, tool(t, name), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func inspectAsOras(t *testing.T, multi string) {
	same(t, "manifest fetch", peer(t, "oras", "manifest", "fetch", "--plain-http", multi), inspectOut(t, "--format", "raw", multi))
	same(t, "manifest fetch-config", peer(t, "oras", "manifest", "fetch-config", "--plain-http", "--platform", "linux/arm64", multi), inspectOut(t, "--format", "config", "--platform", "linux/arm64", multi))
	theirs := peer(t, "oras", "discover", "--plain-http", "--format", "go-template={{range .referrers}}{{.artifactType}} {{.digest}}{{end}}", multi)
	words := strings.Fields(theirs)
	ours := inspectOut(t, "--referrers", multi)
	if len(words) != 2 || !strings.Contains(ours, " * 1 referrer:\n") || !strings.Contains(ours, words[0]) || !strings.Contains(ours, words[1]) {
		t.Errorf("oras discovers %q, and we print\n%s", theirs, ours)
	}
}

func inspectAsRegctl(t *testing.T, host, multi string) {
	regctl := func(args ...string) string {
		return peer(t, "regctl", append([]string{"--host", "reg=" + host + ",tls=disabled"}, args...)...)
	}
	same(t, "manifest head", regctl("manifest", "head", multi), inspectOut(t, "--format", "digest", multi))
	for _, template := range []string{
		"{{range .Manifests}}{{println .Digest}}{{end}}", "{{range .Manifests}}{{.Platform.OS}}/{{.Platform.Architecture}} {{end}}", "{{len .Manifests}}", "{{.MediaType}}",
	} {
		same(t, template, regctl("manifest", "get", "--format", template, multi), inspectOut(t, "--format", template, multi))
	}
}
