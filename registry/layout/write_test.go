package layout_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
)

func index(word string) registry.Manifest {
	return registry.NewManifest(types.OCIImageIndex, []byte(emptyIndex(word)))
}

func mustPut(t *testing.T, repo *layout.Repository, ref registry.Ref, m registry.Manifest) {
	t.Helper()
	if err := repo.PutManifest(t.Context(), ref, m); err != nil {
		t.Fatal(err)
	}
}

// written is an entry of index.json as we write it, with the keys in the order of the image-spec.
func written(d v1.Descriptor, name string) string {
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d,"annotations":{%q:%q}}`, d.MediaType, d.Digest, d.Size, refName, name)
}

// TestNewLayout looks at the files of a new layout, byte by byte.
func TestNewLayout(t *testing.T) {
	l := onDisk{t, filepath.Join(t.TempDir(), "new")}
	repo := open(t, l.dir)
	if has, err := repo.HasBlob(t.Context(), index("a").Descriptor()); has || err != nil {
		t.Errorf("HasBlob = %v, %v", has, err)
	}
	if _, err := os.Stat(l.dir); err == nil {
		t.Error("the folder is there before anything is written")
	}
	mustPut(t, repo, tag("v1"), index("<a&b>"))
	mustPut(t, repo, registry.Ref{}, index("b")) // no name means "latest"
	if err := repo.Close(); err != nil {
		t.Fatal(err)
	}
	want := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[` +
		written(index("<a&b>").Descriptor(), "v1") + "," + written(index("b").Descriptor(), "latest") + "]}"
	if got := l.read("index.json"); got != want {
		t.Errorf("index.json is\n%s\nwant\n%s", got, want)
	}
	wantSound(t, l.dir)
	for name, mode := range map[string]os.FileMode{
		".": 0o755, "blobs": 0o755, "blobs/sha256": 0o755,
		"oci-layout": 0o644, "index.json": 0o644, blobName(index("b").Digest): 0o644,
	} {
		if info, err := os.Stat(l.path(name)); err != nil || info.Mode().Perm()&^mode != 0 || info.Mode().Perm()&0o700 != mode&0o700 {
			t.Errorf("%s has the mode %v, %v", name, info.Mode(), err)
		}
	}
}

// TestForeignIndexFile changes one name in an index.json that says more than we know.
func TestForeignIndexFile(t *testing.T) {
	l := newLayout(t)
	a, b := l.blob(emptyIndex("a")), l.blob(emptyIndex("b"))
	head := `{ "x-first": [1.0, 1e2, 12345678901234567890, "\u003c<"], "manifests": [`
	kept := []string{
		named(a, refName, "keep", "other", "<kept>"),
		`{"digest":"sha512:00","x":{"b":1,"a":2}}`, `"no descriptor"`,
		named(b, refName, "x/y:moves"),
	}
	moves := named(a, refName, "moves", "created", "2020")
	tail := `], "annotations": {"z":"1","a":"2"}, "schemaVersion": 2, "x<&>": null }`
	l.write("index.json", head+kept[0]+",\n"+kept[1]+","+moves+","+kept[2]+","+moves+","+kept[3]+tail+"\n")
	repo := open(t, l.dir)
	mustPut(t, repo, tag("moves"), index("b"))
	mustPut(t, repo, tag("new"), index("a"))
	want := head + kept[0] + "," + kept[1] + "," + written(b, "moves") + "," + kept[2] + "," + kept[3] + "," + written(a, "new") + tail
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(want)); err != nil {
		t.Fatal(err)
	}
	if got := l.read("index.json"); got != compact.String() {
		t.Errorf("index.json is\n%s\nwant\n%s", got, compact.String())
	}
}

func TestFullIndexFile(t *testing.T) {
	l := newLayout(t)
	full := `{"schemaVersion":2,"manifests":[],"x":"` + strings.Repeat("x", registry.MaxManifest-100) + `"}`
	l.write("index.json", full)
	err := open(t, l.dir).PutManifest(t.Context(), tag("v1"), index("a"))
	wantErr(t, err, registry.ErrRefused, l.path("index.json"), "4194304")
	if l.read("index.json") != full {
		t.Error("index.json was written")
	}
}

// TestByDigest: an index that nothing names gets an entry, an image none.
func TestByDigest(t *testing.T) {
	l := newLayout(t)
	config, layer := l.blob("{}"), l.blob("layer")
	image := registry.NewManifest(types.OCIManifestSchema1, []byte(`{"config":`+named(config)+`,"layers":[`+named(layer)+`]}`))
	repo := open(t, l.dir)
	mustPut(t, repo, registry.Ref{Digest: image.Digest}, image)
	if _, err := os.Stat(l.path("index.json")); err == nil {
		t.Error("an image put by digest is in index.json")
	}
	for range 2 {
		mustPut(t, repo, registry.Ref{Digest: index("a").Digest}, index("a"))
	}
	mustPut(t, repo, tag("v1"), index("b"))
	mustPut(t, repo, registry.Ref{Digest: index("b").Digest}, index("b"))
	want := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[` +
		named(index("a").Descriptor()) + "," + named(index("b").Descriptor(), refName, "v1") + "]}"
	var got, wanted any
	json.Unmarshal([]byte(l.read("index.json")), &got)
	json.Unmarshal([]byte(want), &wanted)
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("index.json is\n%s\nwant\n%s", l.read("index.json"), want)
	}
}

// TestNothingToDo puts what is there: no file is written, not even the same once more.
func TestNothingToDo(t *testing.T) {
	l := newLayout(t)
	d := l.blob(emptyIndex("a"))
	l.index(named(d, refName, "v1", "created", "2020"), named(d, refName, "v2"))
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	names := append(files(t, l.dir), ".", "blobs", "blobs/sha256")
	for _, name := range names {
		if err := os.Chtimes(l.path(name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	repo := open(t, l.dir)
	for _, ref := range []registry.Ref{tag("v1"), tag("v2"), {Digest: d.Digest}} {
		mustPut(t, repo, ref, index("a"))
	}
	if got, err := repo.PutBlob(t.Context(), d); got != registry.Present || err != nil {
		t.Errorf("PutBlob = %v, %v", got, err)
	}
	if err := repo.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if info, err := os.Stat(l.path(name)); err != nil || !info.ModTime().Equal(old) {
			t.Errorf("%s was written, %v", name, err)
		}
	}
}

// TestNotOurs: a target that is something else is left alone.
func TestNotOurs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(file, []byte("a tar"), 0o644); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if raw, err := os.ReadFile(file); string(raw) != "a tar" {
			t.Errorf("the file is %q, %v", raw, err)
		}
	}()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "index.json"), []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	future := newLayout(t)
	future.write("oci-layout", `{"imageLayoutVersion":"2.0.0"}`)
	for dir, class := range map[string]error{file: registry.ErrInvalid, folder: registry.ErrInvalid, future.dir: registry.ErrUnverified} {
		before := files(t, filepath.Dir(dir))
		repo := open(t, dir)
		wantErr(t, repo.PutManifest(t.Context(), tag("v1"), index("a")), class, dir, "layout")
		var source repositorytest.Memory
		_, err := repo.PutBlob(t.Context(), source.AddBlob("", []byte("blob")), &source)
		wantErr(t, err, class, dir)
		repo.Close()
		if after := files(t, filepath.Dir(dir)); !reflect.DeepEqual(before, after) {
			t.Errorf("%s had the files %q, it has %q", dir, before, after)
		}
	}
	if _, err := layout.Open(""); err == nil {
		t.Error("a folder without a name: no error")
	}
}

// TestCrashed writes to a layout whose first writer was killed.
func TestCrashed(t *testing.T) {
	for _, marker := range []string{"", `{"imageLayoutV`} {
		l := newLayout(t)
		l.write("oci-layout", marker)
		l.write(".manifest-tool-LEFTBEHIND", "half a blo")
		repo := open(t, l.dir)
		mustPut(t, repo, tag("v1"), index("a"))
		wantSound(t, l.dir)
	}
}
