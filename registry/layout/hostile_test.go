//go:build unix

package layout_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// TestNotAFile puts something else in the place of every file and folder of a layout: a link that
// leads out of it, a link that stays inside, a pipe, a folder or a file. Nothing is read from or
// written to such a layout.
func TestNotAFile(t *testing.T) {
	outside := t.TempDir()
	kinds := map[string]func(path string) error{
		"link out": func(path string) error {
			target := filepath.Join(outside, filepath.Base(path)+filepath.Base(t.TempDir()))
			if err := os.Rename(path, target); err != nil {
				return err
			}
			return os.Symlink(target, path)
		},
		"link inside": func(path string) error {
			if err := os.Rename(path, path+".real"); err != nil {
				return err
			}
			return os.Symlink(filepath.Base(path)+".real", path)
		},
		"dangling link": func(path string) error {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			return os.Symlink("nothing", path)
		},
		"pipe": func(path string) error {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			return syscall.Mkfifo(path, 0o644)
		},
		"other": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			if info.IsDir() {
				return os.WriteFile(path, nil, 0o644)
			}
			return os.Mkdir(path, 0o755)
		},
	}
	const content = `{"schemaVersion":2,"manifests":[]}`
	blob := blobName(registry.DigestOf([]byte(content)))
	for _, name := range []string{"oci-layout", "index.json", "blobs", "blobs/sha256", blob} {
		for kind, replace := range kinds {
			t.Run(name+" "+kind, func(t *testing.T) {
				l := newLayout(t)
				d := l.blob(content)
				l.index(named(d, refName, "v1"))
				if err := replace(l.path(name)); err != nil {
					t.Fatal(err)
				}
				wantUnusable(t, l, name)
			})
		}
	}
}

func wantUnusable(t *testing.T, l onDisk, name string) {
	t.Helper()
	before := files(t, l.dir)
	const content = `{"schemaVersion":2,"manifests":[]}`
	m := registry.NewManifest("application/vnd.oci.image.index.v1+json", []byte(content))
	repo := open(t, l.dir)
	_, err := repo.Manifest(t.Context(), tag("v1"))
	wantErr(t, err, registry.ErrUnverified, l.path(name))
	err = repo.PutManifest(t.Context(), tag("v2"), m)
	wantErr(t, err, registry.ErrUnverified, l.path(name))
	if name != "index.json" {
		_, err = repo.HasBlob(t.Context(), m.Descriptor())
		wantErr(t, err, registry.ErrUnverified, l.path(name))
		r, err := repo.Blob(t.Context(), m.Descriptor())
		if err == nil {
			_, err = io.Copy(io.Discard, r)
			r.Close()
		}
		wantErr(t, err, registry.ErrUnverified, l.path(name))
		var source repositorytest.Memory
		_, err = repo.PutBlob(t.Context(), source.AddBlob("", []byte(content)), &source)
		wantErr(t, err, registry.ErrUnverified, l.path(name))
	}
	if err := repo.Close(); err != nil {
		t.Error(err)
	}
	if after := files(t, l.dir); len(after) != len(before) {
		t.Errorf("the files were %q, they are %q", before, after)
	}
}

// TestLimits writes in a process that may not write files of more than 1 MiB, as if the disk were
// full. The error names the file and what it needs; nothing is left, and what fits can still be
// written. Then it may not open files any more.
func TestLimits(t *testing.T) {
	if dir := os.Getenv("LAYOUT_WITH_LIMITS"); dir != "" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
			t.Fatal(err)
		}
		repo := open(t, dir)
		var source repositorytest.Memory
		d := source.AddBlob("", bytes.Repeat([]byte("blob"), 1<<20))
		_, err := repo.PutBlob(t.Context(), d, &source)
		wantErr(t, err, syscall.EFBIG, dir, d.Digest.String(), "4194304 bytes")
		mustPut(t, repo, tag("v1"), index("a"))

		var usual syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &usual); err != nil {
			t.Fatal(err)
		}
		defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &usual)
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: usual.Max}); err != nil {
			t.Fatal(err)
		}
		_, err = repo.Manifest(t.Context(), tag("v1"))
		wantErr(t, err, syscall.EMFILE, filepath.Join(dir, "index.json"))
		return
	}
	dir := filepath.Join(t.TempDir(), "new")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLimits$")
	child.Env = append(os.Environ(), "LAYOUT_WITH_LIMITS="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wantSound(t, dir)
	if _, err := open(t, dir).Manifest(t.Context(), tag("v1")); err != nil {
		t.Error(err)
	}
}
