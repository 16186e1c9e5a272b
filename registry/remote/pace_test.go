package remote

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A pacedBody gives a document, each step of its bytes after a pause. No step is a body that never goes on.
type pacedBody struct {
	document string
	step     int
	pause    time.Duration
	ctx      <-chan struct{}
}

func (b *pacedBody) Read(p []byte) (int, error) {
	if b.step == 0 {
		<-b.ctx
		return 0, errors.New("the request was cancelled")
	}
	if b.document == "" {
		return 0, io.EOF
	}
	time.Sleep(b.pause)
	n := copy(p, b.document[:min(b.step, len(b.document))])
	b.document = b.document[n:]
	return n, nil
}

func (b *pacedBody) Close() error { return nil }

// A document has to come at a rate. A server that is slower, or that sends nothing, is given up in a bounded time,
// however often a request is tried.
func TestPaceOfDocuments(t *testing.T) {
	padded := func(size int) string {
		return `{"schemaVersion":2,"manifests":[],"annotations":{"a":"` + strings.Repeat("x", size) + `"}}`
	}
	for _, test := range []struct {
		name   string
		body   pacedBody
		within time.Duration
		words  string // of the error; empty where the document has to arrive
	}{
		{"4 MiB at 5 KiB a second", pacedBody{document: padded(4<<20 - 200), step: 5 << 10, pause: time.Second}, 15 * time.Minute, ""},
		{"a small one at 400 bytes a second", pacedBody{document: padded(2000), step: 400, pause: time.Second}, 10 * time.Second, ""},
		{"in one piece after 29 s", pacedBody{document: padded(100), step: 1000, pause: 29 * time.Second}, 30 * time.Second, ""},
		{"a large one at 400 bytes a second", pacedBody{document: padded(1 << 20), step: 400, pause: time.Second}, tryTime + 40*time.Second, "bytes in 33s"},
		{"one byte a second", pacedBody{document: padded(100), step: 1, pause: time.Second}, tryTime + 35*time.Second, "only 30 bytes in 30s"},
		{"nothing", pacedBody{}, tryTime + 35*time.Second, "only 0 bytes in 30s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := open(t, Options{PlainHTTP: true, Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
					resp := respond(req, http.StatusOK, "", "Content-Type", "application/vnd.oci.image.index.v1+json")
					body := test.body
					body.ctx, resp.Body, resp.ContentLength = req.Context().Done(), &body, -1
					return resp, nil
				})}, "reg.test", "a")[0]
				start := time.Now()
				_, err := r.Manifest(t.Context(), tag("x"))
				took := time.Since(start)
				switch {
				case took > test.within:
					t.Errorf("took %s, error %v", took, err)
				case test.words == "" && err != nil:
					t.Errorf("error %v after %s", err, took)
				case test.words != "" && (!errors.Is(err, registry.ErrUnavailable) || !strings.Contains(err.Error(), test.words)):
					t.Errorf("error %v, want %q", err, test.words)
				}
			})
		})
	}
}

// lastTry is a PUT without an answer, and the HEAD and GET that look what became of it.
const lastTry = 3 * connectTimeout

// Nothing is tried again after tryTime, whichever way each try hangs or fails.
func TestTimeOfAllTries(t *testing.T) {
	for name, after := range map[string]time.Duration{"no answer": time.Hour, "an error after 50 s": 50 * time.Second, "an error at once": 0} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut} {
			t.Run(name+" to "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := open(t, Options{PlainHTTP: true, Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
						select {
						case <-req.Context().Done():
						case <-time.After(after):
						}
						return nil, io.ErrUnexpectedEOF
					})}, "reg.test", "a")[0]
					start := time.Now()
					var err error
					switch method {
					case http.MethodGet:
						_, err = r.Manifest(t.Context(), tag("x"))
					case http.MethodHead:
						_, err = r.HasBlob(t.Context(), registry.NewManifest("", []byte("x")).Descriptor())
					case http.MethodPut:
						err = r.PutManifest(t.Context(), tag("x"), registry.NewManifest("application/vnd.oci.image.index.v1+json", []byte(`{"schemaVersion":2,"manifests":[]}`)))
					}
					if took := time.Since(start); !errors.Is(err, registry.ErrUnavailable) || took > tryTime+lastTry {
						t.Errorf("error %v after %s", err, took)
					} else {
						t.Logf("given up after %s", took)
					}
				})
			})
		}
	}
}
