package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// releaseTime limits one whole build of a release: all targets, from an empty build cache.
const releaseTime = time.Hour

// releaseTargets are the targets of a release, as the names of its files say them.
var releaseTargets = strings.Fields(`linux-amd64 linux-arm64 linux-armv6 linux-armv7 linux-386 linux-ppc64le linux-s390x
	linux-riscv64 darwin-amd64 darwin-arm64 windows-amd64 windows-arm64 freebsd-amd64 freebsd-arm64`)

// A released is what goreleaser has made in dist/release.
type released struct {
	dir     string            // the folder of the clone
	version string            // without v
	files   map[string]string // the path of each file of the release, by its name
}

// TestRelease makes a release of the commit that is checked out twice: in two folders, for two users, in two time
// zones, with two umasks and with two build caches. The files have to have the same bytes.
//
// MANIFEST_TOOL_RELEASE=DIR,DIR compares what is already in dist/release of two clones.
func TestRelease(t *testing.T) {
	place := os.Getenv("MANIFEST_TOOL_RELEASE")
	if place == "" {
		t.Skip("it takes an hour: make test-release")
	}
	t.Parallel()
	var first, second released
	if one, other, given := strings.Cut(place, ","); given {
		first, second = readReleased(t, one), readReleased(t, other)
	} else {
		goreleaser := longTool(t, "goreleaser")
		first = makeRelease(t, goreleaser, "one", "022", "TZ=UTC", "USER=first", "GOCACHE="+goEnv(t, "GOCACHE"))
		second = makeRelease(t, goreleaser, "another/place", "077", "TZ=Asia/Tokyo", "USER=second", "GOCACHE="+t.TempDir())
	}
	t.Run("names", func(t *testing.T) { checkNames(t, first) })
	t.Run("checksums", func(t *testing.T) { checkSums(t, first) })
	t.Run("sbom", func(t *testing.T) { checkSBOMs(t, first) })
	t.Run("programs", func(t *testing.T) { checkPrograms(t, first) })
	t.Run("archives", func(t *testing.T) { checkArchives(t, first) })
	t.Run("deb", func(t *testing.T) { checkDeb(t, first) })
	t.Run("rpm", func(t *testing.T) { checkRPM(t, first) })
	t.Run("apk", func(t *testing.T) { checkAPK(t, first) })
	t.Run("managers", func(t *testing.T) { checkManagers(t, first) })
	t.Run("same bytes", func(t *testing.T) { sameRelease(t, first, second) })
}

// makeRelease clones the repository, without what is not committed, and makes a snapshot of a release there.
func makeRelease(t *testing.T, goreleaser, name, umask string, env ...string) released {
	t.Helper()
	home, err := os.MkdirTemp("", "mt-release-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	dir := filepath.Join(home, filepath.FromSlash(name))
	script := fmt.Sprintf(`umask %s && git clone -q "$1" "$2" && cd "$2" &&
		git remote set-url origin https://github.com/manifest-tool/manifest-tool.git && exec "$3" release --snapshot --clean`, umask)
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), releaseTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", script, "sh", root, dir, goreleaser)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + os.TempDir(), "GOFLAGS=" + os.Getenv("GOFLAGS"),
		"GOMODCACHE=" + goEnv(t, "GOMODCACHE"), "GOPROXY=" + goEnv(t, "GOPROXY"), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}, env...)
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("goreleaser: %v\n%s", err, out)
	}
	return readReleased(t, dir)
}

// readReleased reads which files goreleaser would upload.
func readReleased(t *testing.T, dir string) released {
	t.Helper()
	r := released{dir: dir, files: map[string]string{}}
	var metadata struct{ Version string }
	readJSON(t, filepath.Join(dir, "dist/release/metadata.json"), &metadata)
	r.version = metadata.Version
	var artifacts []struct{ Name, Path, Type string }
	readJSON(t, filepath.Join(dir, "dist/release/artifacts.json"), &artifacts)
	for _, a := range artifacts {
		switch a.Type {
		case "Archive", "Linux Package", "SBOM", "Checksum":
			r.files[a.Name] = filepath.Join(dir, filepath.FromSlash(a.Path))
		case "Binary":
			if strings.HasPrefix(a.Name, "manifest-tool-") {
				r.files[a.Name] = filepath.Join(dir, filepath.FromSlash(a.Path))
			}
		}
	}
	return r
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// sameRelease compares the files of two releases, and the manifests of the package managers.
func sameRelease(t *testing.T, first, second released) {
	one, other := t.TempDir(), t.TempDir()
	for dir, r := range map[string]released{one: first, other: second} {
		for name, path := range r.files {
			if err := os.Link(path, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{caskFile, scoopFile} {
			if err := os.Link(filepath.Join(r.dir, name), filepath.Join(dir, filepath.Base(name))); err != nil {
				t.Fatal(err)
			}
		}
	}
	sameFolders(t, one, other)
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	value, err := runGo(fetchTime, nil, "env", name)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// longTool is tool for one that takes minutes to build.
func longTool(t *testing.T, name string) string {
	t.Helper()
	path, err := buildLongTool("tools/"+name, name)
	if err != nil {
		t.Fatalf("build %s: %v", name, err)
	}
	return path
}
