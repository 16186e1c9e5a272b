package remote

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// breakOff gives the first bytes of a blob and then hangs up, n times.
func breakOff(server *registrytest.Server, content string, n int32) {
	var broken atomic.Int32
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || broken.Add(1) > n {
			return false
		}
		start := 0
		if from, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
			start, _ = strconv.Atoi(strings.TrimSuffix(from, "-"))
			w.Header().Set("Content-Range", "bytes "+from+strconv.Itoa(len(content)-1)+"/"+strconv.Itoa(len(content)))
			w.WriteHeader(http.StatusPartialContent)
		}
		io.WriteString(w, content[start:start+len(content)/10])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
}

// A blob that breaks off goes on where it was, so that nothing of it comes twice.
func TestBlobGoesOn(t *testing.T) {
	content := strings.Repeat("0123456789", 20_000)
	d := v1.Descriptor{Digest: registry.DigestOf([]byte(content)), Size: int64(len(content))}
	for _, test := range []struct {
		breaks, requests int
		ok               bool
	}{{1, 2, true}, {maxResumes, maxResumes + 1, true}, {maxResumes + 1, maxResumes + 1, false}} {
		server := registrytest.New(t, registrytest.Options{})
		putBlob(t, server, "a", content)
		breakOff(server, content, int32(test.breaks))
		server.ResetRequests()
		blob, err := open(t, Options{}, server.Host(), "a")[0].Blob(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(blob)
		blob.Close()
		if ok := err == nil && string(got) == content; ok != test.ok {
			t.Errorf("%d times: %d bytes, error %v", test.breaks, len(got), err)
		}
		if !test.ok && !errors.Is(err, registry.ErrUnavailable) {
			t.Errorf("%d times: error %v", test.breaks, err)
		}
		if n := len(server.Requests()); n != test.requests {
			t.Errorf("%d times: %d requests, want %d", test.breaks, n, test.requests)
		}
	}
}

func putBlob(t *testing.T, server *registrytest.Server, repository, content string) {
	t.Helper()
	memory := &repositorytest.Memory{}
	d := memory.AddBlob("application/x", []byte(content))
	if _, err := open(t, Options{}, server.Host(), repository)[0].PutBlob(t.Context(), d, memory); err != nil {
		t.Fatal(err)
	}
}
