package integration

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A damagedRegistry is a distribution on files, whose storage a test damages.
type damagedRegistry struct {
	registry
	root                string
	name                string // of the index
	index, amd64, arm64 registrytest.Artifact
	layer               string // of arm64
	program             string
}

func newDamagedRegistry(t *testing.T, name, program string) damagedRegistry {
	t.Helper()
	root := t.TempDir()
	d := damagedRegistry{registry: serveDistribution(t, name, program, fmt.Sprintf(inFiles, root), ""), root: root, program: program}
	d.name = d.Host + "/team/app:1.0"
	d.amd64 = registrytest.Image{Layers: 3, LayerSize: 50_000}.Build()
	d.arm64 = registrytest.Image{Architecture: "arm64", Layers: 3, LayerSize: 50_000}.Build()
	d.index = registrytest.Index(false, d.amd64, d.arm64)
	if err := d.index.Push("http://"+d.Host, "team/app", "1.0"); err != nil {
		t.Fatal(err)
	}
	for digest, blob := range d.arm64.Blobs {
		if len(blob) > 10_000 {
			d.layer = digest
		}
	}
	return d
}

// file is where distribution keeps the bytes of a blob or a manifest.
func (d damagedRegistry) file(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return filepath.Join(d.root, "docker/registry/v2/blobs/sha256", hex[:2], hex, "data")
}

// collectGarbage runs the clean-up of distribution, while the registry runs.
func (d damagedRegistry) collectGarbage(t *testing.T) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config.yml")
	text := fmt.Sprintf(distributionConfig, fmt.Sprintf(inFiles, d.root), "127.0.0.1:0")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, []string{"OTEL_TRACES_EXPORTER=none"}, d.program, "garbage-collect", "--delete-untagged=false", config); err != nil {
		t.Fatal(err)
	}
}

// remove deletes a manifest, as a clean-up of untagged manifests does.
func (d damagedRegistry) remove(t *testing.T, image registrytest.Artifact) {
	t.Helper()
	send(t, http.MethodDelete, "http://"+d.Host+"/v2/team/app/manifests/"+image.Digest, "", nil, http.StatusAccepted)
}

// damages are what happens to registries.
var damages = []struct {
	name   string
	damage func(*testing.T, damagedRegistry)
	deep   bool   // only --deep finds it
	rules  string // one of them is found
	kept   bool   // the registry does not replace what it holds
}{
	{"the bytes of a layer are gone", func(t *testing.T, d damagedRegistry) {
		if err := os.Remove(d.file(d.layer)); err != nil {
			t.Fatal(err)
		}
	}, false, "layer-missing", false},
	{"the bytes of a layer are other bytes", func(t *testing.T, d damagedRegistry) {
		raw, err := os.ReadFile(d.file(d.layer))
		if err != nil {
			t.Fatal(err)
		}
		raw[len(raw)/2] ^= 1
		if err := os.WriteFile(d.file(d.layer), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}, true, "layer-corrupt", true},
	{"a layer is cut off", func(t *testing.T, d damagedRegistry) {
		if err := os.Truncate(d.file(d.layer), 1000); err != nil {
			t.Fatal(err)
		}
	}, false, "layer-corrupt", true},
	{"the bytes of a manifest are gone", func(t *testing.T, d damagedRegistry) {
		if err := os.Remove(d.file(d.arm64.Digest)); err != nil {
			t.Fatal(err)
		}
	}, false, "manifest-missing manifest-unreadable", false},
	{"a manifest is deleted", func(t *testing.T, d damagedRegistry) { d.remove(t, d.arm64) }, false, "manifest-missing", false},
	{"a manifest is deleted and its layers are collected", func(t *testing.T, d damagedRegistry) {
		d.remove(t, d.arm64)
		d.collectGarbage(t)
	}, false, "manifest-missing", false},
}

// TestVerifyDamage lets verify and crane validate judge a registry before it is damaged, after that, and after a repair.
func TestVerifyDamage(t *testing.T) {
	t.Parallel()
	for _, server := range []struct{ name, program string }{{"distribution", tool(t, "registry")}, {"debian", installed(t, "docker-registry")}} {
		for _, test := range damages {
			t.Run(server.name+"/"+test.name, func(t *testing.T) {
				t.Parallel()
				d, mirror := newDamagedRegistry(t, server.name, server.program), startOlareg(t)
				if err := d.index.Push("http://"+mirror.Host, "mirror/app", "1.0"); err != nil {
					t.Fatal(err)
				}
				wantVerdict(t, d, 0, "", "--deep")
				test.damage(t, d)
				if !test.deep {
					wantVerdict(t, d, 5, test.rules)
				}
				wantVerdict(t, d, 5, test.rules, "--deep")
				repair := []string{"--deep", "--repair-from", mirror.Host + "/mirror/app"}
				if test.kept {
					wantVerdict(t, d, 5, test.rules, repair...)
					return
				}
				wantVerdict(t, d, 0, "", repair...)
				wantVerdict(t, d, 0, "", "--deep")
				program, env := installed(t, "skopeo"), containersEnv(t)
				if _, err := command(t, env, program, "inspect", "--tls-verify=false", "--override-os", "linux", "--override-arch", "arm64", "docker://"+d.name); err != nil {
					t.Error(err)
				}
				raw, err := command(t, env, program, "inspect", "--raw", "--tls-verify=false", "docker://"+d.name)
				if err != nil || digest([]byte(raw)) != d.index.Digest {
					t.Errorf("the tag holds another index than before the repair: %v\n%s", err, raw)
				}
			})
		}
	}
}

// wantVerdict runs verify and crane validate, which have to agree.
func wantVerdict(t *testing.T, d damagedRegistry, code int, rules string, args ...string) {
	t.Helper()
	env := []string{"HOME=" + t.TempDir()}
	cmd := exec.CommandContext(t.Context(), binary(t), append(append([]string{"--plain-http", "verify", "--output", "json"}, args...), d.name)...)
	cmd.Env = env
	out, err := cmd.Output()
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	}
	found := rules == ""
	for rule := range strings.FieldsSeq(rules) {
		found = found || strings.Contains(string(out), `"rule": "`+rule+`"`)
	}
	if got != code || !found {
		t.Errorf("verify %q: exit %d, want %d with %s\n%s", args, got, code, rules, out)
	}
	_, err = command(t, append(env, "DOCKER_CONFIG="+t.TempDir()), tool(t, "crane"), "validate", "--remote", d.name)
	if (err != nil) != (code != 0) {
		t.Errorf("verify %q ends with %d, but crane validate with %v", args, got, err)
	}
}

// TestVerifyLayout damages a layout that skopeo and crane read, too.
func TestVerifyLayout(t *testing.T) {
	t.Parallel()
	mirror, dir := startOlareg(t), filepath.Join(t.TempDir(), "layout")
	arm64 := registrytest.Image{Architecture: "arm64", Layers: 2}.Build()
	index := registrytest.Index(false, registrytest.Image{Layers: 2}.Build(), arm64)
	if err := index.Push("http://"+mirror.Host, "mirror/app", "1.0"); err != nil {
		t.Fatal(err)
	}
	if err := index.WriteLayout(dir, "1.0"); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + t.TempDir()}
	name := "oci-layout:" + dir + ":1.0"
	skopeo := func() error {
		_, err := command(t, containersEnv(t), installed(t, "skopeo"), "copy", "--all", "oci:"+dir+":1.0", "dir:"+t.TempDir())
		return err
	}
	if _, err := command(t, env, binary(t), "verify", "--deep", name); err != nil {
		t.Error(err)
	}
	if err := skopeo(); err != nil {
		t.Fatal(err)
	}
	for digest := range arm64.Blobs {
		if err := os.Remove(filepath.Join(dir, "blobs/sha256", strings.TrimPrefix(digest, "sha256:"))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := command(t, env, binary(t), "verify", name); err == nil || !strings.Contains(err.Error(), "exit status 5") {
		t.Errorf("verify of a layout without layers: %v", err)
	}
	if skopeo() == nil {
		t.Error("skopeo copies a layout without layers")
	}
	if _, err := command(t, env, binary(t), "--plain-http", "verify", "--repair-from", mirror.Host+"/mirror/app", name); err != nil {
		t.Error(err)
	}
	if err := skopeo(); err != nil {
		t.Error(err)
	}
}

// TestVerifySwapped: verify and crane agree on an image whose layers stand in the wrong order.
func TestVerifySwapped(t *testing.T) {
	t.Parallel()
	d := damagedRegistry{registry: startDistribution(t)}
	d.name = d.Host + "/team/swapped:1.0"
	image := registrytest.Swapped(registrytest.Image{Layers: 2}.Build())
	if err := image.Push("http://"+d.Host, "team/swapped", "1.0"); err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, d, 5, "diff-id-mismatch", "--deep")
}
