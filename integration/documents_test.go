package integration

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/integration/bench/cost"
)

const (
	maxDocument   = 4 << 20
	oneDocument   = 32 << 20  // of memory beyond a run that reads nothing
	manyDocuments = 128 << 20 // of a run with 32 such sources
	documentTime  = time.Second
)

const (
	indexHead = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",`
	imageHead = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",` +
		`"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},`
)

// heavyDocuments are documents of 4 MiB that cost much where they are decoded before they are counted.
func heavyDocuments() map[string][]byte {
	full := func(head, unit, tail string) []byte {
		n := (maxDocument - len(head) - len(tail)) / len(unit)
		return []byte(head + strings.TrimSuffix(strings.Repeat(unit, n), ",") + tail)
	}
	keys := func(head, value, tail string) []byte {
		var b strings.Builder
		for b.WriteString(head); b.Len() < maxDocument-len(tail)-20; {
			fmt.Fprintf(&b, `"%x":%s,`, b.Len(), value)
		}
		return []byte(strings.TrimSuffix(b.String(), ",") + tail)
	}
	entry := `{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%064x","size":2,"platform":{"os":"linux","architecture":"a%d"},"annotations":{"a":"` + strings.Repeat("x", 3900) + `"}},`
	var entries strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&entries, entry, i, i)
	}
	const descriptor = `"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2`
	return map[string][]byte{
		"manifests":       full(indexHead+`"manifests":[`, "{},", "]}"),
		"nulls":           full(indexHead+`"manifests":[`, "null,", "]}"),
		"layers":          full(imageHead+`"layers":[`, "{},", "]}"),
		"annotations":     keys(indexHead+`"manifests":[],"annotations":{`, `""`, "}}"),
		"labels":          keys(imageHead+`"layers":[],"annotations":{`, `""`, "}}"),
		"fields":          keys(indexHead+`"manifests":[],`, "0", `,"z":0}`),
		"deep-arrays":     full(indexHead+`"manifests":[],"x":`, "[", "}"),
		"deep-objects":    full(indexHead+`"manifests":[],"x":`, `{"a":`, "}"),
		"os-features":     full(indexHead+`"manifests":[{`+descriptor+`,"platform":{"os":"linux","architecture":"amd64","os.features":[`, `"",`, "]}}]}"),
		"urls":            full(imageHead+`"layers":[{`+descriptor+`,"urls":[`, `"",`, "]}]}"),
		"numbers":         full(indexHead+`"manifests":[],"x":[`, "1,", "]}"),
		"digits":          full(indexHead+`"manifests":[],"x":`, "1", "}"),
		"string":          full(indexHead+`"manifests":[],"annotations":{"a":"`, "x", `"}}`),
		"image-string":    full(imageHead+`"layers":[],"annotations":{"a":"`, "x", `"}}`),
		"escapes":         full(indexHead+`"manifests":[],"annotations":{"a":"`, `\u0041`, `"}}`),
		"key":             full(indexHead+`"manifests":[],"`, "k", `":1}`),
		"data":            full(indexHead+`"manifests":[{`+descriptor+`,"data":"`, "AAAA", `"}]}`),
		"blanks":          full(indexHead+`"manifests":[]`, " ", "}"),
		"not-utf-8":       bytes.Repeat([]byte{0xff}, maxDocument),
		"list":            full("[", "{},", "]"),
		"entries-of-4KiB": []byte(indexHead + `"manifests":[` + strings.TrimSuffix(entries.String(), ",") + "]}"),
	}
}

func isImageDocument(raw []byte) bool { return bytes.HasPrefix(raw, []byte(imageHead[:70])) }

func documentType(raw []byte) string {
	if isImageDocument(raw) {
		return "application/vnd.oci.image.manifest.v1+json"
	}
	return "application/vnd.oci.image.index.v1+json"
}

// serveDocuments is a registry that has a document under every name that begins with its key and a dot.
func serveDocuments(t *testing.T, documents map[string][]byte) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		repository, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
		key, _, _ := strings.Cut(repository, ".")
		raw, ok := documents[strings.ToLower(key)]
		if strings.Contains(r.URL.Path, "/blobs/") {
			raw, ok = []byte("{}"), true
		}
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", documentType(raw))
		w.Header().Set("Content-Length", fmt.Sprint(len(raw)))
		w.Write(raw)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// layoutOf are the files of a layout whose only image is a document, or whose index.json is.
func layoutOf(raw []byte, isIndex bool) map[string][]byte {
	files := map[string][]byte{"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`), "index.json": raw}
	if !isIndex {
		digest := fmt.Sprintf("%x", sha256.Sum256(raw))
		files["blobs/sha256/"+digest] = raw
		files["index.json"] = fmt.Appendf(nil, `{"schemaVersion":2,"manifests":[{"mediaType":%q,"digest":"sha256:%s","size":%d}]}`, documentType(raw), digest, len(raw))
	}
	return files
}

func writeFolder(t *testing.T, dir string, files map[string][]byte) string {
	t.Helper()
	old := time.Now().Add(-time.Hour) // not written a moment ago, by somebody who may write again
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func writeTar(t *testing.T, path string, files map[string][]byte) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, content := range files {
		w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(content))})
		w.Write(content)
	}
	w.Close()
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A document of 4 MiB in any shape, from any place, costs a bounded memory, and so does a run of many.
func TestMemoryOfDocuments(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process is only known on Linux")
	}
	m := newMeasurer(t)
	documents := heavyDocuments()
	host := serveDocuments(t, documents)
	idle := m.run(t, "inspect", host+"/none:1").Peak
	for name, raw := range documents {
		dir := t.TempDir()
		places := map[string]string{
			"registry":      host + "/" + strings.ToLower(name) + ".0:1",
			"layout":        "oci-layout:" + writeFolder(t, dir+"/layout", layoutOf(raw, false)),
			"layout index":  "oci-layout:" + writeFolder(t, dir+"/index", layoutOf(raw, true)),
			"archive":       "oci-archive:" + writeTar(t, dir+"/archive.tar", layoutOf(raw, false)),
			"archive index": "oci-archive:" + writeTar(t, dir+"/index.tar", layoutOf(raw, true)),
		}
		for place, reference := range places {
			limit, longest := int64(oneDocument), documentTime
			if name == "entries-of-4KiB" && strings.HasSuffix(place, "index") {
				limit, longest = 2*oneDocument, 2*documentTime // 1,000 manifests are looked for, and are not there
			}
			u := m.runWithin(t, idle+limit, longest, "inspect", reference)
			if u.Peak-idle > limit || u.CPU > longest {
				t.Errorf("%s from %s: %d MiB more than nothing, %s", name, place, (u.Peak-idle)>>20, u.CPU)
			}
		}
		spec := "image: " + host + "/target:1\nmanifests:\n"
		for i := range 32 {
			spec += fmt.Sprintf("- {image: \"%s/%s.%d:1\", platform: {os: linux, architecture: amd64}}\n", host, strings.ToLower(name), i)
		}
		file := filepath.Join(dir, "spec.yml")
		if err := os.WriteFile(file, []byte(spec), 0o644); err != nil {
			t.Fatal(err)
		}
		if u := m.runWithin(t, manyDocuments, time.Minute, "push", "from-spec", "--dry-run", file); u.Peak > manyDocuments {
			t.Errorf("32 of %s: %d MiB", name, u.Peak>>20)
		} else {
			t.Logf("32 of %s: %d MiB, %s", name, u.Peak>>20, u.CPU)
		}
	}
}

// runWithin runs the program until one run is within the limits, at most three times: on a busy machine, the garbage
// collector is late now and then.
func (m measurer) runWithin(t *testing.T, peak int64, longest time.Duration, args ...string) (u cost.Usage) {
	for range 3 {
		if u = m.run(t, args...); u.Peak <= peak && u.CPU <= longest {
			break
		}
	}
	return u
}

// A measurer runs the program from a process that is small, as Linux counts the memory of the parent for the child.
type measurer struct{ path, program string }

func newMeasurer(t *testing.T) measurer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "measurer")
	if _, err := runGo(buildTime, nil, "build", "-o", path, "./bench/cost/measurer"); err != nil {
		t.Fatal(err)
	}
	return measurer{path, binary(t)}
}

func (m measurer) run(t *testing.T, args ...string) cost.Usage {
	t.Helper()
	order, _ := json.Marshal(cost.Order{Commands: [][]string{append([]string{m.program}, args...)}, Env: os.Environ(), MayFail: true})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, m.path)
	cmd.Stdin = bytes.NewReader(order)
	out, err := cmd.Output()
	var a cost.Answer
	if err == nil {
		err = json.Unmarshal(out, &a)
	}
	if err != nil || a.Error != "" || len(a.Usages) != 1 {
		t.Fatalf("%v: %v %s", args, err, a.Error)
	}
	return a.Usages[0]
}
