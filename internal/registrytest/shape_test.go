package registrytest

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// eachShape runs a test for every shape.
func eachShape(t *testing.T, test func(t *testing.T, s Shape)) {
	shapes := Shapes()
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		t.Run(name, func(t *testing.T) { test(t, shapes[name]) })
	}
}

func TestShapesAreComplete(t *testing.T) {
	eachShape(t, func(t *testing.T, s Shape) {
		srv := New(t, Options{})
		srv.PushShape(t, "app", "latest", s)
		digest, _ := srv.Tag("app", "latest")
		equal(t, "digest", digest, s.Digest)
		equal(t, "complete", srv.Complete("app", "latest") == nil, len(s.Absent) == 0)
		for _, child := range s.Absent {
			_, _, there := srv.Manifest("app", child.Digest)
			equal(t, "absent child is there", there, false)
		}
	})
}

func TestShapesOverHTTP(t *testing.T) {
	eachShape(t, func(t *testing.T, s Shape) {
		strict, unchecked := New(t, Options{}), New(t, Options{Unchecked: true})
		err := s.Push(strict.URL(), "app", "latest")
		if len(s.Absent) == 0 {
			equal(t, "error", err, nil)
			equal(t, "complete", strict.Complete("app", "latest"), nil)
		} else if err == nil || !strings.Contains(err.Error(), "MANIFEST_BLOB_UNKNOWN") {
			t.Errorf("got %v, want MANIFEST_BLOB_UNKNOWN", err)
		}
		equal(t, "error where nothing is checked", s.Push(unchecked.URL(), "app", "latest"), nil)
	})
}

func TestShapesAreTheSameEachTime(t *testing.T) {
	again := Shapes()
	seen := map[string]string{}
	for name, s := range Shapes() {
		equal(t, name, string(s.Manifest), string(again[name].Manifest))
		equal(t, name+" has the bytes of", seen[s.Digest], "")
		seen[s.Digest] = name
	}
}

func TestShapeReferrersAreListed(t *testing.T) {
	s := Shapes()["referrer-attestation"]
	want := s.Referrers[0].Digest + " application/vnd.docker.attestation.manifest.v1+json "
	for _, api := range []bool{false, true} {
		for name, push := range map[string]func(srv *Server){
			"PushShape": func(srv *Server) { srv.PushShape(t, "app", "latest", s) },
			"Push":      func(srv *Server) { equal(t, "error", s.Push(srv.URL(), "app", "latest"), nil) },
		} {
			srv := New(t, Options{Referrers: api})
			push(srv)
			about, err := (Walker{srv.Client()}).About(srv.Host(), "app", s.Digest)
			equal(t, name+": error", err, nil)
			equal(t, name+": referrers", strings.Join(about, "\n"), want)
			_, tagged := srv.Tag("app", referrersTag(s.Digest))
			equal(t, name+": referrers tag", tagged, !api)
		}
	}
}

// skopeo is an OCI client that shares no code with this package.
func TestSkopeoReadsShapes(t *testing.T) {
	if _, err := exec.LookPath("skopeo"); err != nil {
		t.Skip("skopeo is not installed")
	}
	eachShape(t, func(t *testing.T, s Shape) {
		dir := filepath.Join(t.TempDir(), "layout")
		equal(t, "error", s.WriteLayout(dir, "v1"), nil)
		raw, err := exec.Command("skopeo", "inspect", "--raw", "oci:"+dir+":v1").Output()
		if failure := (*exec.ExitError)(nil); errors.As(err, &failure) {
			t.Fatalf("skopeo inspect: %s", failure.Stderr)
		}
		equal(t, "error", err, nil)
		equal(t, "bytes", string(raw), string(s.Manifest))
	})
}

func TestShapeLayout(t *testing.T) {
	eachShape(t, func(t *testing.T, s Shape) {
		dir := t.TempDir()
		equal(t, "layout", s.WriteLayout(dir, "v1"), nil)
		raw, err := os.ReadFile(filepath.Join(dir, "index.json"))
		equal(t, "error", err, nil)
		names := []string{}
		for _, d := range entries(t, raw) {
			names = append(names, d.Annotations[refNameAnnotation])
		}
		want := "v1"
		if len(s.Referrers) > 0 {
			want += " " + referrersTag(s.Digest)
		}
		equal(t, "names", strings.Join(names, " "), want)
		for _, child := range s.Absent {
			_, err := os.Stat(filepath.Join(dir, "blobs", "sha256", child.Digest[len("sha256:"):]))
			equal(t, "absent", errors.Is(err, os.ErrNotExist), true)
		}
		equal(t, "archive", s.WriteArchive(filepath.Join(dir, "shape.tar"), "v1"), nil)
	})
}

func TestZstdFrame(t *testing.T) {
	if _, err := exec.LookPath("zstd"); err != nil {
		t.Skip("zstd is not installed")
	}
	for _, size := range []int{1, 4096, maxZstdBlock, maxZstdBlock + 1, 3 * maxZstdBlock} {
		content := noise([]byte("zstd"), size)
		cmd := exec.Command("zstd", "--decompress", "--stdout")
		cmd.Stdin = strings.NewReader(string(zstdFrame(content)))
		got, err := cmd.Output()
		equal(t, "error", err, nil)
		equal(t, "content", string(got) == string(content), true)
	}
}

// A data field holds the bytes that the descriptor is about (image-spec, descriptor.md, "Embedded Content").
func TestShapeData(t *testing.T) {
	var index struct{ Manifests []map[string]json.RawMessage }
	s := Shapes()["annotated"]
	if err := json.Unmarshal(s.Manifest, &index); err != nil {
		t.Fatal(err)
	}
	var data []byte
	if err := json.Unmarshal(index.Manifests[2]["data"], &data); err != nil {
		t.Fatal(err)
	}
	equal(t, "data", string(data), string(s.Children[2].Manifest))
	equal(t, "unknown field", string(index.Manifests[1]["org.example.reserved"]), `{"level":1,"words":["a","b"]}`)
}
