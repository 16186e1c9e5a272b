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

	"github.com/google/go-cmp/cmp"
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

// shapeDigests change only if shapes change. Tests elsewhere may hold them.
var shapeDigests = map[string]string{
	"annotated":            "sha256:10a8aad638c34d7548fc2d9293db5e417bd3ef5c2c5c794bf42bca8cfc0d3318",
	"chart":                "sha256:b2feab4350544875dc4b0fa98b90b628fa93f77eb1b45ed6b3d2cf72a1a547c7",
	"cnab":                 "sha256:a8fcda5c83a83538a51df4ac5d0f3c4d1111cae1225d652d40eb283e714f9d99",
	"disk":                 "sha256:e8bccc4a98e4403c69cf9a014c7105adcb898d05822431fea07259a14acc92a9",
	"hostprocess":          "sha256:3b16e694b35b3500216a35420ee04beba4634d43aef431209ce53f0e2211fbe0",
	"levels":               "sha256:6cd05a1a756be2d2f4b36720681c0181f10cf1818a1cb6b91f277481a18f179f",
	"lone":                 "sha256:08abb4e09ae99bad098c19b3a9fa382c21b8a97ad2a740a1d395245c350bf023",
	"lone-config":          "sha256:5a2202dafaa90c2f711fd4b10c5f6e177fce0e2375a920f7273424fb705ece9b",
	"machine-os":           "sha256:a06c054e65c0bfd1bdb67a1bda97d174d5fc965f7fad21056ca0dd7ac2b9dc26",
	"model":                "sha256:e9734d1a975e3838ba9d4824c9b4f382267dc05e1ebaa60a9510a563efec7bb7",
	"nydus":                "sha256:dd30d542fe1384eb9034a93440a9b32b5a410f5eaf8eeff03ddd0435a8da1717",
	"nydus-artifact":       "sha256:cd9ad72be11431c3e6ae93433b1c225206f9464820d27b6844afdedaf7b55058",
	"referrer-attestation": "sha256:21043d3e9e611708bf73d5921914709e607056c57928297d5c46aefe0332be32",
	"sbom":                 "sha256:8e0f50a2c42659d18fcdb999aa47e2909b474ff7e1933bf8b181cbcc359e98d4",
	"soci":                 "sha256:aa6bc8648e65a669e7fa6606179bc21cab1814240a72296d3aa4a441896a489d",
	"soci-attested":        "sha256:3f766637879ef9a67a4f263d3d2870d157e899cdd3e0a72bc16da65a37ee18f7",
	"sparse":               "sha256:9a94f129580e351050608097e04e2c9d7f51a3c0bfb6ea1b30c945408b8ddbd8",
	"zstd":                 "sha256:e91fb6f1d53d3f108bca14ad0b0f1c853967e1a06b5b08d23b55448d251beff0",
}

func TestShapesHaveTheSameBytesEverywhere(t *testing.T) {
	digests := map[string]string{}
	for name, s := range Shapes() {
		digests[name] = s.Digest
	}
	if diff := cmp.Diff(shapeDigests, digests); diff != "" {
		t.Error(diff)
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

// needProgram skips a test without a program, and fails it under CI, which installs the program.
func needProgram(t *testing.T, name string) {
	t.Helper()
	_, err := exec.LookPath(name)
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("%s is not installed", name)
	default:
		t.Skipf("%s is not installed", name)
	}
}

// skopeo is an OCI client that shares no code with this package.
func TestSkopeoReadsShapes(t *testing.T) {
	needProgram(t, "skopeo")
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
		t.Skip("zstd is not installed; shapeDigests hold the bytes of frames that it reads")
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
