package layout_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
)

func TestRepository(t *testing.T) {
	repositorytest.Run(t, func(t *testing.T) (repo, other registry.Repository) {
		return suiteLayout(t), suiteLayout(t)
	})
}

// suiteLayout is a layout that does not exist yet. After the test it has to be a sound one.
func suiteLayout(t *testing.T) registry.Repository {
	dir := filepath.Join(t.TempDir(), "not", "there")
	repo := open(t, dir)
	t.Cleanup(func() {
		if err := repo.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		wantSound(t, dir)
	})
	return repo
}

func open(t *testing.T, dir string) *layout.Repository {
	t.Helper()
	repo, err := layout.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return repo
}

// wantSound checks that there is nothing in a layout but what belongs there, and all of it right.
func wantSound(t *testing.T, dir string) {
	t.Helper()
	for _, name := range files(t, dir) {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		folder, base := filepath.Split(name)
		switch {
		case folder == "blobs/sha256/":
			if got := registry.DigestOf(raw).Hex; got != base {
				t.Errorf("%s has the digest %s", name, got)
			}
		case name == "index.json":
			if !json.Valid(raw) {
				t.Errorf("%s is %q", name, raw)
			}
		case name == "oci-layout":
			if string(raw) != `{"imageLayoutVersion":"1.0.0"}` {
				t.Errorf("%s is %q", name, raw)
			}
		default:
			t.Errorf("left behind: %s", name)
		}
	}
}

// files lists the files below a folder, with slashes.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !e.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// An onDisk is a layout that a test writes by hand.
type onDisk struct {
	t   *testing.T
	dir string
}

func newLayout(t *testing.T) onDisk {
	t.Helper()
	l := onDisk{t, t.TempDir()}
	l.write("oci-layout", `{"imageLayoutVersion":"1.0.0"}`)
	return l
}

func (l onDisk) path(name string) string { return filepath.Join(l.dir, filepath.FromSlash(name)) }

func (l onDisk) write(name, content string) {
	l.t.Helper()
	if err := os.MkdirAll(filepath.Dir(l.path(name)), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(l.path(name), []byte(content), 0o644); err != nil {
		l.t.Fatal(err)
	}
}

func (l onDisk) read(name string) string {
	l.t.Helper()
	raw, err := os.ReadFile(l.path(name))
	if err != nil {
		l.t.Fatal(err)
	}
	return string(raw)
}

// blob writes a blob.
func (l onDisk) blob(content string) v1.Descriptor {
	l.t.Helper()
	digest := registry.DigestOf([]byte(content))
	l.write(blobName(digest), content)
	return v1.Descriptor{MediaType: types.OCIImageIndex, Digest: digest, Size: int64(len(content))}
}

// index writes index.json with these entries.
func (l onDisk) index(entries ...string) {
	l.t.Helper()
	l.write("index.json", `{"schemaVersion":2,"manifests":[`+strings.Join(entries, ",")+`]}`)
}

func blobName(digest v1.Hash) string { return "blobs/sha256/" + digest.Hex }

// named is an entry of index.json; annotations are pairs of key and value.
func named(d v1.Descriptor, annotations ...string) string {
	for i := 0; i < len(annotations); i += 2 {
		if d.Annotations == nil {
			d.Annotations = make(map[string]string)
		}
		d.Annotations[annotations[i]] = annotations[i+1]
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

const (
	refName    = "org.opencontainers.image.ref.name"
	containerd = "io.containerd.image.name"
)

func tag(s string) registry.Ref { return registry.Ref{Tag: s} }

// wantErr checks the class of an error, and that it says certain words.
func wantErr(t *testing.T, err, class error, words ...string) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Errorf("the error is %v, it should be: %v", err, class)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error %q does not say %q", err, word)
		}
	}
}
