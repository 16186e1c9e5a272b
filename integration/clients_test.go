package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A multiPlatform is an index that our program has pushed.
type multiPlatform struct {
	Name   string            // HOST/REPOSITORY:TAG
	Digest string            // as the program printed it
	Images map[string]string // the digest of each platform's image
}

// TestClients lets the clients that people have take each platform's image out of what we pushed.
func TestClients(t *testing.T) {
	t.Parallel()
	onEveryRegistry(t, func(t *testing.T, r registry) {
		for _, kind := range []string{"oci", "docker"} {
			t.Run(kind, func(t *testing.T) {
				index := pushMultiPlatform(t, r, kind)
				t.Run("skopeo", func(t *testing.T) { readBySkopeo(t, index) })
				t.Run("podman", func(t *testing.T) { pullByPodman(t, index) })
				t.Run("crane", func(t *testing.T) { pullByCrane(t, index) })
			})
		}
	})
}

func pushMultiPlatform(t *testing.T, r registry, kind string) multiPlatform {
	t.Helper()
	index := multiPlatform{Name: r.Host + "/team/" + kind + ":1.0", Images: map[string]string{}}
	for platform, image := range map[string]registrytest.Image{
		"linux/amd64":    {Architecture: "amd64"},
		"linux/arm64/v8": {Architecture: "arm64", Variant: "v8"},
		"linux/arm/v7":   {Architecture: "arm", Variant: "v7"},
	} {
		image.Docker = kind == "docker"
		built := image.Build()
		if err := built.Push("http://"+r.Host, "team/"+kind, image.Architecture+image.Variant); err != nil {
			t.Fatal(err)
		}
		index.Images[platform] = built.Digest
	}
	index.Digest = push(t, "from-args", "--platforms", "linux/amd64,linux/arm64/v8,linux/arm/v7",
		"--template", r.Host+"/team/"+kind+":ARCHVARIANT", "--target", index.Name)
	return index
}

// push runs our program's push without the user's credentials and returns the digest that it prints.
func push(t testing.TB, args ...string) string {
	t.Helper()
	env := []string{"HOME=" + t.TempDir()}
	out, err := command(t, env, binary(t), append([]string{"push"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(out)
	if len(words) != 3 || words[0] != "Digest:" {
		t.Fatalf("push prints %q", out)
	}
	return words[1]
}

func readBySkopeo(t *testing.T, index multiPlatform) {
	program, env := installed(t, "skopeo"), containersEnv(t)
	raw, err := command(t, env, program, "inspect", "--raw", "--tls-verify=false", "docker://"+index.Name)
	if err != nil {
		t.Fatal(err)
	}
	if got := digest([]byte(raw)); got != index.Digest {
		t.Errorf("skopeo reads %s, and we pushed %s:\n%s", got, index.Digest, raw)
	}
	for platform, want := range index.Images {
		words := append(strings.Split(platform, "/"), "")
		args := []string{"copy", "--src-tls-verify=false", "--override-os", words[0], "--override-arch", words[1]}
		if words[2] != "" {
			args = append(args, "--override-variant", words[2])
		}
		dir := t.TempDir()
		if _, err := command(t, env, program, append(args, "docker://"+index.Name, "dir:"+dir)...); err != nil {
			t.Error(err)
			continue
		}
		manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
		if err != nil {
			t.Error(err)
		} else if got := digest(manifest); got != want {
			t.Errorf("skopeo copies %s for %s, not %s", got, platform, want)
		}
	}
}

func pullByPodman(t *testing.T, index multiPlatform) {
	program, env := installed(t, "podman"), containersEnv(t)
	podman := func(args ...string) (string, error) { return command(t, env, program, args...) }
	if _, err := podman("info"); err != nil {
		unavailable(t, "podman", err)
	}
	for platform, want := range index.Images {
		id, err := podman("pull", "--quiet", "--tls-verify=false", "--platform", platform, index.Name)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := podman("image", "inspect", "--format", "{{.Os}}/{{.Architecture}} {{.RepoDigests}}", strings.TrimSpace(id))
		if err != nil {
			t.Error(err)
			continue
		}
		words := strings.Split(platform, "/")
		if !strings.HasPrefix(got, words[0]+"/"+words[1]+" ") || !strings.Contains(got, want) {
			t.Errorf("podman pulls %s for %s, not %s", strings.TrimSpace(got), platform, want)
		}
	}
}

func pullByCrane(t *testing.T, index multiPlatform) {
	for platform, want := range index.Images {
		if got := strings.TrimSpace(crane(t, "digest", "--platform", platform, index.Name)); got != want {
			t.Errorf("crane finds %s for %s, not %s", got, platform, want)
		}
		crane(t, "validate", "--remote", index.Name, "--platform", platform)
		dir := filepath.Join(t.TempDir(), "layout")
		crane(t, "pull", "--format", "oci", "--platform", platform, index.Name, dir)
		manifest, err := os.ReadFile(filepath.Join(dir, "blobs", filepath.FromSlash(strings.Replace(want, ":", "/", 1))))
		if err != nil || digest(manifest) != want {
			t.Errorf("crane does not pull %s for %s: %v", want, platform, err)
		}
	}
}
