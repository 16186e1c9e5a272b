package main

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

var testBuild = build{Version: "1.2.3", Commit: "abc"}

// testOptions has a release of two small files, and a file of CA certificates.
func testOptions(t *testing.T) options {
	t.Helper()
	dir := t.TempDir()
	o := options{release: filepath.Join(dir, "release"), out: filepath.Join(dir, "out"), ca: filepath.Join(dir, "ca.pem"), created: time.Unix(1700000000, 0).UTC()}
	if err := os.MkdirAll(filepath.Join(o.release, "binaries"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"release/binaries/manifest-tool-linux-armv7", "release/binaries/manifest-tool-windows-amd64.exe", "ca.pem"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func TestScratchImage(t *testing.T) {
	o := testOptions(t)
	o.platforms = []string{"linux/arm/v7"}
	if _, err := makeVariant(context.Background(), o, testBuild, "scratch"); err != nil {
		t.Fatal(err)
	}
	image := onlyImage(t, filepath.Join(o.out, "parts", "scratch-linux-arm-v7"))
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{config.OS, config.Architecture, config.Variant, config.Config.User, config.Config.Entrypoint[0], config.Created.Format(time.RFC3339), config.Config.Labels["org.opencontainers.image.version"]}
	if diff := cmp.Diff([]string{"linux", "arm", "v7", "65532:65532", "/manifest-tool", "2023-11-14T22:13:20Z", "1.2.3"}, got); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"etc/", "etc/group", "etc/passwd", "etc/ssl/", "etc/ssl/certs/", "etc/ssl/certs/ca-certificates.crt",
		"home/", "home/nonroot/ 65532", "root/", "tmp/", "manifest-tool",
	}
	if diff := cmp.Diff(want, contents(t, image, nil)); diff != "" {
		t.Error(diff)
	}
}

func TestShellRoot(t *testing.T) {
	root := base([]byte("ca"), "/bin/sh")
	root.addShell(map[string][]byte{"usr/bin/busybox": []byte("busybox"), "usr/share/doc/busybox-static/copyright": []byte("GPL")})
	if n := root["bin/sh"]; n.link != "busybox" {
		t.Errorf("bin/sh is %+v", n)
	}
	if !strings.Contains(string(root["etc/passwd"].content), "nonroot:x:65532:65532:nonroot:/home/nonroot:/bin/sh\n") {
		t.Errorf("etc/passwd: %s", root["etc/passwd"].content)
	}
}

// TestWindowsImages uses bases of one small layer each, in place of nanoserver, which a test cannot download.
func TestWindowsImages(t *testing.T) {
	for _, kind := range []types.MediaType{types.OCIManifestSchema1, types.DockerManifestSchema2} {
		o := testOptions(t)
		o.windowsBase = t.TempDir()
		digests := writeBases(t, o.windowsBase, kind, "10.0.20348.1", "10.0.26100.2")
		var v variant
		if err := v.addWindows(o, testBuild); err != nil {
			t.Fatal(err)
		}
		for i, version := range []string{"10.0.20348.1", "10.0.26100.2"} {
			image := onlyImage(t, v.parts[i])
			config, err := image.ConfigFile()
			if err != nil {
				t.Fatal(err)
			}
			got := []string{config.OS, config.OSVersion, config.Config.User, config.Config.Entrypoint[0], config.Config.Labels["org.opencontainers.image.base.digest"]}
			if diff := cmp.Diff([]string{"windows", version, "ContainerUser", `C:\manifest-tool.exe`, digests[i]}, got); diff != "" {
				t.Error(diff)
			}
			rawsd := map[string]bool{}
			names := contents(t, image, func(h *tar.Header) { rawsd[h.PAXRecords["MSWINDOWS.rawsd"]] = true })
			if diff := cmp.Diff([]string{"base", "Files/", "Files/manifest-tool.exe", "Hives/"}, names); diff != "" {
				t.Error(diff)
			}
			if !rawsd[securityDescriptor] {
				t.Error("the files have no security descriptor")
			}
			checkOCI(t, image)
		}
	}
}

// checkOCI looks whether nothing in a manifest has a type of Docker.
func checkOCI(t *testing.T, image v1.Image) {
	t.Helper()
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	got := []types.MediaType{manifest.MediaType, manifest.Config.MediaType}
	for _, layer := range manifest.Layers {
		got = append(got, layer.MediaType)
	}
	if diff := cmp.Diff([]types.MediaType{types.OCIManifestSchema1, types.OCIConfigJSON, types.OCILayer, types.OCILayer}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWindowsBaseIsNot(t *testing.T) {
	o := testOptions(t)
	o.windowsBase = t.TempDir()
	writeBases(t, o.windowsBase, types.OCIManifestSchema1, "")
	var v variant
	if err := v.addWindows(o, testBuild); err == nil || !strings.Contains(err.Error(), `os.version ""`) {
		t.Errorf("a base without os.version: %v", err)
	}
}

func TestFetch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/gone/") {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, r.URL.Path)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "debs", "a.deb")
	good := deb{sumOf([]byte("/old/pool/a.deb")), "pool/a.deb"}

	err := fetch(t.Context(), []string{server.URL + "/gone", server.URL + "/new"}, good, file)
	for _, want := range []string{"pool/a.deb: no mirror has it", "404 Not Found", "the SHA-256 is"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error without %q: %v", want, err)
		}
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file with the wrong checksum is kept: %v", err)
	}
	if err := fetch(t.Context(), []string{server.URL + "/gone", server.URL + "/old"}, good, file); err != nil {
		t.Error(err)
	}
	server.Close()
	if err := fetch(t.Context(), []string{server.URL}, good, file); err != nil {
		t.Errorf("a file that is there is fetched again: %v", err)
	}
}

// TestDebs finds a busybox for each platform, under names of Debian's form.
func TestDebs(t *testing.T) {
	for _, p := range platforms {
		d, err := findDeb("busybox-static", p.debian)
		if err != nil || len(d.sum) != 64 || path.Ext(d.path) != ".deb" {
			t.Errorf("%s: %+v, %v", p.name, d, err)
		}
	}
	if _, err := findDeb("ca-certificates", "all"); err != nil {
		t.Error(err)
	}
	if _, err := findDeb("busybox-static", "mips"); err == nil {
		t.Error("there is a busybox for mips")
	}
}

func TestRefusals(t *testing.T) {
	o := testOptions(t)
	if _, err := makeVariant(t.Context(), o, testBuild, "alpine"); err == nil || !strings.Contains(err.Error(), "scratch or shell") {
		t.Errorf("variant alpine: %v", err)
	}
	o.platforms = []string{"linux/mips"}
	if _, err := makeVariant(t.Context(), o, testBuild, "scratch"); err == nil || !strings.Contains(err.Error(), "linux/mips") {
		t.Errorf("platform linux/mips: %v", err)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if _, err := sourceTime(); err == nil || !strings.Contains(err.Error(), "yesterday") {
		t.Errorf("SOURCE_DATE_EPOCH=yesterday: %v", err)
	}
}

func onlyImage(t *testing.T, dir string) v1.Image {
	t.Helper()
	images, err := windowsBases(dir)
	if err != nil || len(images) != 1 {
		t.Fatalf("%s: %d images, %v", dir, len(images), err)
	}
	return images[0]
}

// contents lists the paths of all layers in order, with the owner if it is not root.
func contents(t *testing.T, image v1.Image, look func(*tar.Header)) (names []string) {
	t.Helper()
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range layers {
		content, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		for r := tar.NewReader(content); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			name := h.Name
			if h.Uid == nonroot {
				name += " 65532"
			}
			names = append(names, name)
			if look != nil {
				look(h)
			}
		}
	}
	return names
}

func writeBases(t *testing.T, dir string, kind types.MediaType, versions ...string) (digests []string) {
	t.Helper()
	place, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range versions {
		image := emptyImage()
		config := &v1.ConfigFile{OS: "windows", Architecture: "amd64", OSVersion: version, Config: v1.Config{User: "ContainerUser", Cmd: []string{"cmd"}}}
		config.RootFS.Type = "layers"
		if image, err = mutate.ConfigFile(image, config); err != nil {
			t.Fatal(err)
		}
		t0 := tree{}
		t0.file("base", 0o644, []byte(version))
		layer, err := t0.layer(time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		layerType := types.OCILayer
		if kind == types.DockerManifestSchema2 {
			layerType = types.DockerLayer
		}
		if image, err = mutate.Append(image, mutate.Addendum{Layer: layer, MediaType: layerType}); err != nil {
			t.Fatal(err)
		}
		image = mutate.MediaType(image, kind)
		if kind == types.DockerManifestSchema2 {
			image = mutate.ConfigMediaType(image, types.DockerConfigJSON)
		}
		if err := place.AppendImage(image); err != nil {
			t.Fatal(err)
		}
		digest, err := image.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest.String())
	}
	return digests
}

func TestLayerIsTheSame(t *testing.T) {
	at := time.Unix(1700000000, 0)
	var digests []string
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("far", 9*3600)} {
		layer, err := base([]byte("ca"), "").layer(at.In(zone))
		if err != nil {
			t.Fatal(err)
		}
		digest, err := layer.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest.String())
	}
	if digests[0] != digests[1] {
		t.Errorf("two digests: %v", digests)
	}
}
