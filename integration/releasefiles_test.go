package integration

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	caskFile  = "dist/release/homebrew/Casks/manifest-tool.rb"
	scoopFile = "dist/release/scoop/manifest-tool.json"
)

// foreign are the emulators for the programs of a release for Linux. There is none for 386, because qemu-i386 7.2 fails in
// programs of Go with more than one thread: a kernel for amd64 runs them without.
var foreign = map[string]string{
	"linux-amd64": "qemu-x86_64-static", "linux-arm64": "qemu-aarch64-static", "linux-armv6": "qemu-arm-static", "linux-armv7": "qemu-arm-static",
	"linux-ppc64le": "qemu-ppc64le-static", "linux-s390x": "qemu-s390x-static", "linux-riscv64": "qemu-riscv64-static",
}

// debian are Debian's names of the architectures.
var debian = map[string]string{
	"linux-amd64": "amd64", "linux-arm64": "arm64", "linux-armv6": "armhf", "linux-armv7": "armhf",
	"linux-386": "i386", "linux-ppc64le": "ppc64el", "linux-s390x": "s390x", "linux-riscv64": "riscv64",
}

// program is the name of the binary for a target, which scripts for manifest-tool v2 download.
func program(target string) string {
	if strings.HasPrefix(target, "windows-") {
		return "manifest-tool-" + target + ".exe"
	}
	return "manifest-tool-" + target
}

// archive is the name of the archive or package for a target.
func (r released) archive(target, extension string) string {
	return "manifest-tool_" + r.version + "_" + strings.ReplaceAll(target, "-", "_") + extension
}

// targets are those that have a program, with this prefix. checkNames finds what is missing.
func (r released) targets(prefix string) (found []string) {
	for _, target := range releaseTargets {
		if r.files[program(target)] != "" && strings.HasPrefix(target, prefix) {
			found = append(found, target)
		}
	}
	return found
}

func checkNames(t *testing.T, r released) {
	want := []string{"SHA256SUMS", "binaries-manifest-tool.tar.gz", "binaries-manifest-tool-" + r.version + ".tar.gz"}
	for _, target := range releaseTargets {
		want = append(want, program(target), "manifest-tool-"+target+".cdx.json")
		switch system, _, _ := strings.Cut(target, "-"); system {
		case "windows":
			want = append(want, r.archive(target, ".zip"))
		case "linux":
			want = append(want, r.archive(target, ".tar.gz"), r.archive(target, ".deb"), r.archive(target, ".rpm"), r.archive(target, ".apk"))
		default:
			want = append(want, r.archive(target, ".tar.gz"))
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(r.files))); diff != "" {
		t.Error(diff)
	}
}

// checkSums reads SHA256SUMS as sha256sum does.
func checkSums(t *testing.T, r released) {
	sums := readFile(t, r.files["SHA256SUMS"])
	for name, file := range r.files {
		line := fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(readFile(t, file))), name)
		if name != "SHA256SUMS" && !strings.Contains(sums, line) {
			t.Errorf("SHA256SUMS lacks %s", line)
		}
	}
	if got := strings.Count(sums, "\n"); got != len(r.files)-1 {
		t.Errorf("SHA256SUMS has %d lines for %d files", got, len(r.files)-1)
	}
}

// checkSBOMs compares each SBOM with what "go version -m" says of the binary.
func checkSBOMs(t *testing.T, r released) {
	for _, target := range r.targets("") {
		info, err := buildinfo.ReadFile(r.files[program(target)])
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, dep := range info.Deps {
			want = append(want, dep.Path+"@"+dep.Version)
		}
		var bom struct {
			Metadata struct {
				Component struct{ Name, Version string }
			}
			Components []struct{ Name, Version string }
		}
		readJSON(t, r.files["manifest-tool-"+target+".cdx.json"], &bom)
		var got []string
		for _, c := range bom.Components {
			if c.Name != "std" {
				got = append(got, c.Name+"@"+c.Version)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%s: go version -m and SBOM: %s", target, diff)
		}
		if main := bom.Metadata.Component; main.Name != info.Main.Path || main.Version != info.Main.Version {
			t.Errorf("%s: the SBOM is of %s %s, the program of %s %s", target, main.Name, main.Version, info.Main.Path, info.Main.Version)
		}
		checkBuild(t, target, info)
	}
}

// checkBuild looks whether a program is static, without local paths, and made from a commit that is all there is.
func checkBuild(t *testing.T, target string, info *debug.BuildInfo) {
	t.Helper()
	got := map[string]string{}
	for _, s := range info.Settings {
		got[s.Key] = s.Value
	}
	for key, want := range map[string]string{"CGO_ENABLED": "0", "-trimpath": "true", "-tags": "urfave_cli_no_docs", "vcs.modified": "false"} {
		if got[key] != want {
			t.Errorf("%s: %s=%q, want %q", target, key, got[key], want)
		}
	}
}

// versionOf runs a program for Linux.
func versionOf(t *testing.T, target, file string) (string, error) {
	t.Helper()
	if target == "linux-386" {
		return command(t, nil, file, "version")
	}
	return command(t, nil, installed(t, foreign[target]), file, "version")
}

// checkPrograms runs the programs for Linux, those of other architectures under qemu.
func checkPrograms(t *testing.T, r released) {
	for _, target := range r.targets("linux-") {
		out, err := versionOf(t, target, r.files[program(target)])
		if err != nil || !strings.HasPrefix(out, "manifest-tool version v"+r.version+" (commit: ") {
			t.Errorf("%s prints %q, %v", target, out, err)
		}
	}
	bundle := list(t, r.files["binaries-manifest-tool.tar.gz"])
	var want []string
	for _, target := range r.targets("") {
		want = append(want, program(target))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, bundle); diff != "" {
		t.Errorf("binaries-manifest-tool.tar.gz: %s", diff)
	}
}

func checkArchives(t *testing.T, r released) {
	for _, target := range r.targets("") {
		extension, program := ".tar.gz", "manifest-tool"
		if strings.HasPrefix(target, "windows-") {
			extension, program = ".zip", "manifest-tool.exe"
		}
		name := r.archive(target, extension)
		has(t, name, list(t, r.files[name]), program, "LICENSE", "THIRD-PARTY-LICENSES", "README.md", "man/manifest-tool.1", "man/manifest-tool-push-from-spec.1",
			"completions/manifest-tool.bash", "completions/_manifest-tool", "completions/manifest-tool.fish", "completions/manifest-tool.ps1")
	}
}

// packaged are the files that every package has.
var packaged = []string{
	"/usr/share/doc/manifest-tool/THIRD-PARTY-LICENSES",
	"/usr/bin/manifest-tool", "/usr/share/man/man1/manifest-tool.1.gz", "/usr/share/man/man1/manifest-tool-push-from-spec.1.gz",
	"/usr/share/bash-completion/completions/manifest-tool", "/usr/share/fish/vendor_completions.d/manifest-tool.fish",
}

// checkDeb unpacks the package for this machine and runs what is in it.
func checkDeb(t *testing.T, r released) {
	dpkg := installed(t, "dpkg-deb")
	for _, target := range r.targets("linux-") {
		file := r.files[r.archive(target, ".deb")]
		dir := t.TempDir()
		if _, err := command(t, os.Environ(), dpkg, "--extract", file, dir); err != nil {
			t.Fatal(err)
		}
		var files []string
		for name := range sums(t, dir) {
			files = append(files, "/"+name)
		}
		has(t, file, files, append(packaged, "/usr/share/zsh/vendor-completions/_manifest-tool", "/usr/share/doc/manifest-tool/copyright")...)
		if got, err := command(t, os.Environ(), dpkg, "--field", file, "Architecture"); err != nil || got != debian[target]+"\n" {
			t.Errorf("%s: the architecture is %q, %v", target, got, err)
		}
		out, err := versionOf(t, target, filepath.Join(dir, "usr/bin/manifest-tool"))
		if err != nil || !strings.Contains(out, "v"+r.version) {
			t.Errorf("%s: the program prints %q, %v", target, out, err)
		}
	}
}

func checkRPM(t *testing.T, r released) {
	rpm := installed(t, "rpm")
	for _, target := range r.targets("linux-") {
		file := r.files[r.archive(target, ".rpm")]
		out, err := command(t, os.Environ(), rpm, "--query", "--list", "--package", file)
		if err != nil {
			t.Fatal(err)
		}
		has(t, file, strings.Fields(out), append(packaged, "/usr/share/zsh/site-functions/_manifest-tool", "/usr/share/licenses/manifest-tool/LICENSE")...)
	}
}

// checkAPK reads the package as the tars that it consists of, each in gzip.
func checkAPK(t *testing.T, r released) {
	for _, target := range r.targets("linux-") {
		file := r.files[r.archive(target, ".apk")]
		var files []string
		for _, name := range list(t, file) {
			files = append(files, "/"+name)
		}
		has(t, file, files, append(packaged, "/.PKGINFO", "/usr/share/zsh/site-functions/_manifest-tool")...)
	}
}

// checkManagers looks whether the manifests of Homebrew and scoop have the checksums of the archives.
func checkManagers(t *testing.T, r released) {
	for _, target := range r.targets("") {
		switch target {
		case "darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64":
			checkManager(t, r, caskFile, r.archive(target, ".tar.gz"))
		case "windows-amd64", "windows-arm64":
			checkManager(t, r, scoopFile, r.archive(target, ".zip"))
		}
	}
}

func checkManager(t *testing.T, r released, file, archive string) {
	t.Helper()
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(readFile(t, r.files[archive]))))
	if !strings.Contains(readFile(t, filepath.Join(r.dir, file)), sum) {
		t.Errorf("%s lacks the checksum %s of %s", file, sum, archive)
	}
}

func has(t *testing.T, where string, files []string, want ...string) {
	t.Helper()
	for _, name := range want {
		if !slices.Contains(files, name) {
			t.Errorf("%s lacks %s: %v", path.Base(where), name, files)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// list returns the names of the files in a tar in gzip or in a zip.
func list(t *testing.T, file string) (names []string) {
	t.Helper()
	if strings.HasSuffix(file, ".zip") {
		z, err := zip.OpenReader(file)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		for _, f := range z.File {
			names = append(names, f.Name)
		}
		return names
	}
	content, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	unzipped, err := gzip.NewReader(content)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(unzipped); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		names = append(names, h.Name)
	}
}
