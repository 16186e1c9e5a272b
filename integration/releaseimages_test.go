package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const releaseVersion = "9.8.7"

// restricted are the flags of a container that may write nothing, has no rights, and sees only what the host has on
// loopback: the engine has no bridge.
var restricted = []string{"run", "--rm", "--pull", "always", "--network", "host", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"}

// TestReleaseImages makes the images of a release from the program, publishes them on a registry, and lets a Docker
// engine run them: the version, and a push from inside of the container. The image for the other architecture runs
// under qemu, which is mounted, because the kernel of the machine may have no entry for it.
func TestReleaseImages(t *testing.T) {
	t.Parallel()
	native, foreign := runtime.GOARCH, "arm64"
	if native == foreign {
		foreign = "amd64"
	}
	if emulators[native] == "" {
		unavailable(t, "the images of a release", errors.New("the test is made for amd64 and arm64"))
	}
	layout := makeImages(t, makeBinaries(t, native, foreign), "linux/"+native, "linux/"+foreign)
	host := startDistribution(t).Host
	publish(t, layout, host+"/manifest-tool")
	for _, tag := range []string{"9.8.7", "9.8", "9", "latest"} {
		sameDigest(t, host+"/manifest-tool:"+tag, "oci-layout:"+layout+":9.8.7")
	}
	for _, tag := range []string{"9.8.7-shell", "9.8-shell", "9-shell", "alpine", "alpine-v9.8.7"} {
		sameDigest(t, host+"/manifest-tool:"+tag, "oci-layout:"+layout+":9.8.7-shell")
	}

	e, emulator := startEngine(t), installed(t, emulators[foreign])
	for _, tag := range []string{"9.8.7", "9.8.7-shell"} {
		image := host + "/manifest-tool:" + tag
		t.Run(tag+" "+native, func(t *testing.T) {
			runImage(t, e, host, append(restricted, "--platform", "linux/"+native, image), tag+"-"+native)
			if got := e.must(t, "image", "inspect", "--format", "{{.Config.User}} {{.Config.Entrypoint}}", image); got != "65532:65532 [/manifest-tool]" {
				t.Errorf("user and entrypoint: %s", got)
			}
		})
		t.Run(tag+" "+foreign, func(t *testing.T) {
			runImage(t, e, host, append(restricted, "--platform", "linux/"+foreign, "--volume", emulator+":/qemu:ro",
				"--entrypoint", "/qemu", image, "/manifest-tool"), tag+"-"+foreign)
		})
	}
	t.Run("shell", func(t *testing.T) { runShell(t, e, host+"/manifest-tool:alpine", native) })
}

// runImage prints the version, and pushes an index from inside of the container.
func runImage(t *testing.T, e engine, host string, run []string, name string) {
	if out := e.must(t, append(run, "version")...); !strings.Contains(out, "v"+releaseVersion) {
		t.Errorf("version: %q", out)
	}
	repository := "team/" + name
	pushImage(t, host, repository, "1.0-amd64", "linux", "amd64")
	pushImage(t, host, repository, "1.0-arm64", "linux", "arm64")
	target := host + "/" + repository + ":1.0"
	out := e.must(t, append(run, "push", "from-args", "--platforms", "linux/amd64,linux/arm64",
		"--template", host+"/"+repository+":1.0-ARCH", "--target", target)...)
	if !strings.HasPrefix(out, "Digest: sha256:") {
		t.Errorf("push prints %q", out)
	}
	if found, err := command(t, os.Environ(), binary(t), "verify", "--require", "linux/amd64,linux/arm64", target); err != nil {
		t.Error(found, err)
	}
}

// runShell does what a job of GitLab does: no entrypoint, a script, the program on PATH.
func runShell(t *testing.T, e engine, image, arch string) {
	out := e.must(t, append(restricted, "--platform", "linux/"+arch, "--entrypoint", "", image,
		"sh", "-c", "id -u && test -r /etc/ssl/certs/ca-certificates.crt && manifest-tool --version | cut -d' ' -f3 && cat /etc/passwd | wc -l")...)
	if want := "65532\nv" + releaseVersion + "\n2"; out != want {
		t.Errorf("the shell prints %q, want %q", out, want)
	}
}

// makeBinaries makes the part of a release from which images are made, for these architectures of Linux.
func makeBinaries(t *testing.T, arches ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, arch := range arches {
		_, err := runGo(buildTime, []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + arch}, "build", "-trimpath", "-buildvcs=false",
			"-ldflags", "-s -w -X main.version=v"+releaseVersion, "-o", filepath.Join(dir, "binaries", "manifest-tool-linux-"+arch), "../cmd/manifest-tool")
		if err != nil {
			t.Fatal(err)
		}
	}
	metadata := fmt.Sprintf(`{"version": %q, "commit": "0123456789abcdef"}`, releaseVersion)
	if err := os.WriteFile(filepath.Join(dir, "metadata.json"), []byte(metadata), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// makeImages makes the images twice, in two folders, in two time zones and as two users, and compares all bytes.
func makeImages(t *testing.T, release string, platforms ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "images")
	if _, err := runGo(buildTime, nil, "build", "-o", program, "../internal/release/images"); err != nil {
		t.Fatal(err)
	}
	debs, err := filepath.Abs("../dist/debs") // each package is downloaded once
	if err != nil {
		t.Fatal(err)
	}
	var outs []string
	for _, zone := range []string{"UTC", "Asia/Tokyo"} {
		dir := t.TempDir()
		cmd := exec.Command(program, "-release", release, "-out", "images", "-tool", binary(t), "-debs", debs, "-platforms", strings.Join(platforms, ","))
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TZ=" + zone, "SOURCE_DATE_EPOCH=1700000000"}
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), "no mirror has it") {
			unavailable(t, "the packages of Debian", errors.New(string(out)))
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		outs = append(outs, filepath.Join(dir, "images"))
	}
	sameFolders(t, outs[0], outs[1])
	return filepath.Join(outs[0], "manifest-tool")
}

func publish(t *testing.T, layout, repository string) {
	t.Helper()
	if _, err := command(t, append(os.Environ(), "MANIFEST_TOOL="+binary(t)), "sh", "../internal/release/publish.sh", layout, releaseVersion, repository); err != nil {
		t.Fatal(err)
	}
}

// sameDigest compares what two names stand for, and whether the first has its provenance.
func sameDigest(t *testing.T, name, want string) {
	t.Helper()
	var digests []string
	for _, place := range []string{name, want} {
		out, err := command(t, os.Environ(), binary(t), "digest", place)
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, strings.TrimSpace(out))
	}
	if digests[0] != digests[1] {
		t.Errorf("%s is %s, and %s is %s", name, digests[0], want, digests[1])
	}
	out, err := command(t, os.Environ(), binary(t), "verify", "--output", "json", name)
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Images []struct{ Referrers int }
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Images) != 1 || found.Images[0].Referrers != 1 {
		t.Errorf("%s has not one referrer, its provenance: %s", name, out)
	}
}
