package integration

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// groupShapes are indexes with several entries for one platform, and the entries that a node of each
// architecture may get. The gzip and the zstd copy of an image have the same content: a client that reads zstd
// prefers the zstd copy.
var groupShapes = map[string]map[string][]int{
	"zstd":   {"amd64": {0, 2}, "arm64": {1, 3}},
	"levels": {"amd64": {0, 1, 2}, "arm64": {3}},
	"disk":   {"amd64": {0}, "arm64": {1}},
	"soci":   {"amd64": {0}, "arm64": {1}},
}

// TestGroups lets skopeo and podman take the images of a node out of indexes that we pushed and edited. What the
// clients take depends on the index alone, so one registry is enough.
func TestGroups(t *testing.T) {
	t.Parallel()
	r := startDistribution(t)
	for _, shape := range slices.Sorted(maps.Keys(groupShapes)) {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			for name, digests := range pushGroups(t, r, shape) {
				t.Run(name[strings.LastIndex(name, ":")+1:], func(t *testing.T) {
					t.Run("skopeo", func(t *testing.T) { groupBySkopeo(t, name, digests) })
					t.Run("podman", func(t *testing.T) { groupByPodman(t, name, digests) })
				})
			}
		})
	}
}

// pushGroups pushes a shape, as it is and with an edit. It returns the digests that an architecture may get, by
// the name of the index. The edit brings another image for linux/amd64, and all that was there for it goes.
func pushGroups(t *testing.T, r registry, shape string) map[string]map[string][]string {
	t.Helper()
	s := registrytest.Shapes()[shape]
	repository := "groups/" + shape
	source := r.Host + "/" + repository + ":source"
	if err := s.Push("http://"+r.Host, repository, "source"); err != nil {
		t.Fatal(err)
	}
	added := registrytest.Image{Seed: "added"}.Build()
	if err := added.Push("http://"+r.Host, repository, "added"); err != nil {
		t.Fatal(err)
	}
	spec := filepath.Join(t.TempDir(), "spec.yaml")
	pushed, edited := r.Host+"/"+repository+":pushed", r.Host+"/"+repository+":edited"
	if err := os.WriteFile(spec, []byte("image: "+pushed+"\nmanifests: [{image: \""+source+"\"}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	push(t, "from-spec", spec)
	env := []string{"HOME=" + t.TempDir()}
	if _, err := command(t, env, binary(t), "edit", pushed, "--tag", "edited", "--add", r.Host+"/"+repository+":added"); err != nil {
		t.Fatal(err)
	}
	digests, changed := map[string][]string{}, map[string][]string{}
	for architecture, places := range groupShapes[shape] {
		for _, place := range places {
			digests[architecture] = append(digests[architecture], s.Children[place].Digest)
		}
		changed[architecture] = digests[architecture]
	}
	changed["amd64"] = []string{added.Digest}
	if shape == "levels" { // the groups of amd64/v2 and amd64/v3 stay
		changed["amd64"] = append(changed["amd64"], digests["amd64"][1:]...)
	}
	return map[string]map[string][]string{pushed: digests, edited: changed}
}

// groupBySkopeo copies the image for each architecture, and the whole index.
func groupBySkopeo(t *testing.T, name string, digests map[string][]string) {
	program, env := installed(t, "skopeo"), containersEnv(t)
	for architecture, want := range digests {
		got, err := command(t, env, program, "inspect", "--tls-verify=false", "--override-arch", architecture, "--format", "{{.Architecture}}", "docker://"+name)
		if err != nil || strings.TrimSpace(got) != architecture {
			t.Errorf("skopeo inspects %q for %s, %v", got, architecture, err)
		}
		dir := t.TempDir()
		if _, err := command(t, env, program, "copy", "--src-tls-verify=false", "--override-os", "linux", "--override-arch", architecture, "docker://"+name, "dir:"+dir); err != nil {
			t.Error(err)
			continue
		}
		manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
		if err != nil || !slices.Contains(want, digest(manifest)) {
			t.Errorf("skopeo copies %s for %s, not one of %s (%v)", digest(manifest), architecture, want, err)
		}
	}
	raw, err := command(t, env, program, "inspect", "--raw", "--tls-verify=false", "docker://"+name)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "all")
	if _, err := command(t, env, program, "copy", "--multi-arch", "all", "--src-tls-verify=false", "docker://"+name, "dir:"+dir); err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	// skopeo 1.9 leaves out the artifactType of descriptors
	if err != nil || !slices.Equal(digestsIn(t, raw), digestsIn(t, string(copied))) {
		t.Errorf("skopeo copies all of\n%s\nas\n%s (%v)", raw, copied, err)
	}
}

// digestsIn are the digests that an index lists.
func digestsIn(t *testing.T, raw string) (digests []string) {
	t.Helper()
	var index v1.IndexManifest
	if err := json.Unmarshal([]byte(raw), &index); err != nil {
		t.Fatal(err)
	}
	for _, d := range index.Manifests {
		digests = append(digests, d.Digest.String())
	}
	return digests
}

// groupByPodman pulls the image for each architecture, and reads the index.
func groupByPodman(t *testing.T, name string, digests map[string][]string) {
	program, env := installed(t, "podman"), containersEnv(t)
	host, _, _ := strings.Cut(name, "/")
	env = append(env, "CONTAINERS_REGISTRIES_CONF="+insecureRegistry(t, host))
	podman := func(args ...string) (string, error) { return command(t, env, program, args...) }
	if _, err := podman("info"); err != nil {
		unavailable(t, "podman", err)
	}
	for architecture, want := range digests {
		id, err := podman("pull", "--quiet", "--tls-verify=false", "--arch", architecture, name)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := podman("image", "inspect", "--format", "{{.Architecture}} {{.RepoDigests}}", strings.TrimSpace(id))
		isWanted := func(digest string) bool { return strings.Contains(got, digest) }
		if err != nil || !strings.HasPrefix(got, architecture+" ") || !slices.ContainsFunc(want, isWanted) {
			t.Errorf("podman pulls %s for %s, not one of %s (%v)", strings.TrimSpace(got), architecture, want, err)
		}
	}
	raw, err := podman("manifest", "inspect", name)
	if err != nil {
		t.Fatal(err)
	}
	found := digestsIn(t, raw)
	for architecture, want := range digests {
		if !slices.Contains(found, want[0]) {
			t.Errorf("podman manifest inspect shows %s, without %s for %s", found, want[0], architecture)
		}
	}
}

// insecureRegistry is a file with the settings for a registry without TLS. "podman manifest inspect" of
// podman 4.3 has no flag for that.
func insecureRegistry(t *testing.T, host string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registries.conf")
	if err := os.WriteFile(path, fmt.Appendf(nil, "[[registry]]\nlocation = %q\ninsecure = true\n", host), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
