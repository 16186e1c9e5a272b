package integration

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// emulators run a program of another architecture, without the kernel's help.
var emulators = map[string]string{"amd64": "qemu-x86_64-static", "arm64": "qemu-aarch64-static"}

// shapes are how people name the images of one architecture, and what they say for arm64.
var shapes = []struct{ name, template, arm64 string }{
	{"repository", "HOST/team/hello-ARCH:1.0", "arm64"},
	{"tag", "HOST/team/hello:1.0-ARCH", "arm64"},
	{"organization", "HOST/ARCH/hello:1.0", "arm64v8"},
}

// TestWorkflow is what articles about manifest-tool do, with a Docker engine: build and push an image per
// architecture, put them together, and let the engine find the right one under the one name.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	native, foreign := runtime.GOARCH, "arm64"
	if native == foreign {
		foreign = "amd64"
	}
	if emulators[native] == "" {
		unavailable(t, "the workflow", errors.New("it is made for amd64 and arm64"))
	}
	emulator, e := installed(t, emulators[foreign]), startEngine(t)
	programs := map[string]string{native: buildHello(t, native), foreign: buildHello(t, foreign)}

	// Whether the engine can run anything here is not ours to prove.
	e.build(t, "probe", native, programs[native])
	if _, err := e.docker(t, "run", "--rm", "--network", "none", "probe"); err != nil {
		unavailable(t, "a Docker engine that runs containers", err)
	}
	e.must(t, "image", "rm", "probe")

	host := startDistribution(t).Host
	for _, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			name := func(arch string) string {
				if arch == "arm64" {
					arch = shape.arm64
				}
				return strings.NewReplacer("HOST", host, "ARCH", arch).Replace(shape.template)
			}
			for arch, program := range programs {
				e.build(t, name(arch), arch, program)
				e.must(t, "push", name(arch))
				e.must(t, "image", "rm", name(arch)) // what runs below comes from the registry
			}
			image := host + "/team/" + shape.name + ":1.0"
			digest := push(t, "from-spec", writeSpec(t, image, name(native), name(foreign)))
			args := push(t, "from-args", "--platforms", "linux/"+native+",linux/"+foreign, "--arch-names", "arm64="+shape.arm64,
				"--template", strings.ReplaceAll(shape.template, "HOST", host), "--target", image+"-args")
			if args != digest {
				t.Errorf("from-spec pushes %s, from-args %s", digest, args)
			}

			out := e.must(t, "run", "--rm", "--pull", "always", "--network", "none", image)
			if out != "hello from linux/"+native {
				t.Errorf("docker run prints %q on %s", out, native)
			}
			if out := e.must(t, "pull", "--platform", "linux/"+foreign, image); !strings.Contains(out, "Digest: "+digest+"\n") {
				t.Errorf("docker pull does not tell of %s:\n%s", digest, out)
			}
			if got := e.must(t, "image", "inspect", "--format", "{{.Architecture}}", image); got != foreign {
				t.Errorf("docker pull --platform linux/%s gets an image for %s", foreign, got)
			}
			out, err := command(t, nil, emulator, e.extract(t, image, foreign))
			if err != nil || out != "hello from linux/"+foreign+"\n" {
				t.Errorf("the program of the image for %s prints %q, %v", foreign, out, err)
			}
			e.must(t, "image", "rm", image)
		})
	}
}

// buildHello compiles the program of the demo and returns its path.
func buildHello(t testing.TB, arch string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hello")
	_, err := runGo(buildTime, []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + arch},
		"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "../examples/demo/hello")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// build makes an image of one static program, as articles do: FROM scratch, with --platform.
func (e engine) build(t testing.TB, name, arch, program string) {
	t.Helper()
	dir := filepath.Dir(program)
	dockerfile := "FROM scratch\nCOPY hello /hello\nCMD [\"/hello\"]\n"
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile), 0o600); err != nil {
		t.Fatal(err)
	}
	e.must(t, "build", "--platform", "linux/"+arch, "--tag", name, dir)
}

// extract takes the program out of an image that cannot run here.
func (e engine) extract(t testing.TB, image, arch string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hello")
	container := e.must(t, "create", "--platform", "linux/"+arch, image)
	e.must(t, "cp", container+":/hello", path)
	e.must(t, "rm", container)
	return path
}

func writeSpec(t testing.TB, target string, images ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spec.yaml")
	text := "image: " + target + "\nmanifests:\n"
	for _, image := range images {
		text += "  - image: " + image + "\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
