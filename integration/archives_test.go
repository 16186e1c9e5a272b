package integration

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// TestPodmanArchives pushes what podman saves, in each of its formats, and lets podman pull that: it has to
// be the same image. (crane validate takes every layer for compressed, so it cannot tell.)
func TestPodmanArchives(t *testing.T) {
	t.Parallel()
	program, env := installed(t, "podman"), containersEnv(t)
	podman := func(args ...string) (string, error) { return command(t, env, program, args...) }
	if _, err := podman("info"); err != nil {
		unavailable(t, "podman", err)
	}
	host := startDistribution(t).Host
	id := func(name string) string {
		out, err := podman("image", "inspect", "--format", "{{.Id}}", name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(out)
	}
	again := func(t *testing.T, name, source string, options ...string) {
		arch := name[strings.LastIndex(name, ":")+1:]
		image := pushArchive(t, host, arch, source, options...)
		if _, err := podman("pull", "--quiet", "--tls-verify=false", "--platform", "linux/"+arch, image); err != nil {
			t.Fatal(err)
		}
		if got, want := id(image), id(name); got != want {
			t.Errorf("%s came back as %s, it was %s", source, got, want)
		}
	}
	var names []string
	for _, arch := range []string{"amd64", "arm64"} {
		image := registrytest.Image{Architecture: arch, Layers: 2}.Build()
		if err := image.Push("http://"+host, "team/app", arch); err != nil {
			t.Fatal(err)
		}
		name := host + "/team/app:" + arch
		if _, err := podman("pull", "--quiet", "--tls-verify=false", "--platform", "linux/"+arch, name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	for _, format := range []string{"oci-archive", "docker-archive"} {
		t.Run(format, func(t *testing.T) {
			for _, name := range names {
				path := filepath.Join(t.TempDir(), "image.tar")
				if _, err := podman("save", "--quiet", "--format", format, "--output", path, name); err != nil {
					t.Fatal(err)
				}
				arch := name[strings.LastIndex(name, ":")+1:]
				for _, source := range []string{path, path + ":" + arch, path + ":" + name} {
					again(t, name, format+":"+source)
				}
				if format == "docker-archive" {
					again(t, name, format+":"+path, "--compress", "gzip")
				}
			}
		})
	}
	t.Run("several in one", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "images.tar")
		if _, err := podman(append([]string{"save", "--quiet", "--multi-image-archive", "--output", path}, names...)...); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			again(t, name, "docker-archive:"+path+":"+name)
		}
	})
}

// TestEngineArchives pushes what a Docker engine saves, and lets it run that.
func TestEngineArchives(t *testing.T) {
	t.Parallel()
	e := startEngine(t)
	e.build(t, "team/one:1.0", runtime.GOARCH, buildHello(t, runtime.GOARCH))
	e.must(t, "tag", "team/one:1.0", "team/two:2.0")
	path := filepath.Join(t.TempDir(), "images.tar")
	e.must(t, "save", "--output", path, "team/one:1.0", "team/two:2.0")
	host := startDistribution(t).Host
	for _, name := range []string{"1.0", "team/two:2.0"} {
		for _, options := range [][]string{nil, {"--compress", "gzip"}} {
			image := pushArchive(t, host, runtime.GOARCH, "docker-archive:"+path+":"+name, options...)
			id := e.must(t, "image", "inspect", "--format", "{{.Id}}", "team/one:1.0")
			e.must(t, "pull", image)
			if got := e.must(t, "image", "inspect", "--format", "{{.Id}}", image); got != id {
				t.Errorf("%s came back as %s, it was %s", image, got, id)
			}
		}
	}
}

// pushArchive pushes the image in an archive, and returns its new name.
func pushArchive(t *testing.T, host, arch, source string, options ...string) string {
	t.Helper()
	image := host + "/team/pushed:1.0"
	push(t, append([]string{"from-args", "--platforms", "linux/" + arch, "--template", source, "--target", image}, options...)...)
	if _, err := scripttest.Walk(image); err != nil {
		t.Error(err)
	}
	return image
}
