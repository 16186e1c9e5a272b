package remote

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// A said is a body of an answer, and what a message has to hold of it.
type said struct{ name, contentType, coding, body, want string }

func bodies() []said {
	return []said{
		{"OCI errors", "application/json", "", `{"errors":[{"code":"DENIED","message":"the cupboard is bare","detail":{"shelf":"upper"}}]}`, "DENIED: the cupboard is bare: shelf=upper"},
		{"OCI errors with a text as detail", "application/json", "", `{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":"the cupboard is bare"}]}`, "UNKNOWN: unknown error: the cupboard is bare"},
		{"other JSON", "application/json", "", `{"status":403,"message":"the cupboard is bare"}`, "the cupboard is bare"},
		{"XML", "application/xml", "", `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>the cupboard is bare</Message></Error>`, "AccessDenied: the cupboard is bare"},
		{"HTML", "text/html", "", "<html><head><title>The cupboard is bare</title></head></html>", "an HTML page (The cupboard is bare)"},
		{"text", "text/plain", "", "\nthe cupboard is bare\nand so on", "403 Forbidden: the cupboard is bare"},
		{"compressed", "application/json", "gzip", gzipped(`{"errors":[{"code":"DENIED","message":"the cupboard is bare"}]}`), "DENIED: the cupboard is bare"},
		{"nothing", "", "", "", "403 Forbidden"},
	}
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

// A refusable is a kind of request that a registry may refuse.
type refusable struct {
	name, method, path string
	do                 func(ctx context.Context, r *Repository, i int) error
	slow               bool
}

func refusables() []refusable {
	small, large := blobsOf(100), blobsOf(600<<10)
	manifest := registry.NewManifest("application/vnd.oci.image.index.v1+json", []byte(`{"schemaVersion":2,"manifests":[]}`))
	put := func(blobs *repositorytest.Memory, all []v1.Descriptor) func(context.Context, *Repository, int) error {
		return func(ctx context.Context, r *Repository, i int) error {
			_, err := r.PutBlob(ctx, all[i], blobs)
			return err
		}
	}
	return []refusable{
		{"read a manifest", http.MethodGet, "/manifests/", func(ctx context.Context, r *Repository, i int) error {
			_, err := r.Manifest(ctx, tag(fmt.Sprint("t", i)))
			return err
		}, false},
		{"read a blob", http.MethodGet, "/blobs/", func(ctx context.Context, r *Repository, i int) error {
			_, err := r.Blob(ctx, small.all[i])
			return err
		}, false},
		{"list tags", http.MethodGet, "/tags/", func(ctx context.Context, r *Repository, _ int) error {
			_, err := r.Tags(ctx)
			return err
		}, false},
		{"store a manifest", http.MethodPut, "/manifests/", func(ctx context.Context, r *Repository, i int) error {
			return r.PutManifest(ctx, tag(fmt.Sprint("t", i)), manifest)
		}, false},
		{"begin an upload", http.MethodPost, "/uploads/", put(small.memory, small.all), false},
		{"store a blob", http.MethodPut, "/upload", put(small.memory, small.all), false},
		{"store a large blob", http.MethodPut, "/upload", put(large.memory, large.all), true},
	}
}

type someBlobs struct {
	memory *repositorytest.Memory
	all    []v1.Descriptor
}

func blobsOf(size int) someBlobs {
	b := someBlobs{memory: &repositorytest.Memory{}}
	for i := range 2 {
		b.all = append(b.all, b.memory.AddBlob("application/x", []byte(strings.Repeat(fmt.Sprint(i), size))))
	}
	return b
}

// A registry's words are told however they come, to whatever request, also where several are refused at once.
func TestWordsNeverVanish(t *testing.T) {
	runs := 200
	if testing.Short() {
		runs = 10
	}
	for _, body := range bodies() {
		for _, request := range refusables() {
			for _, http2 := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s to %s, HTTP/2 %v", body.name, request.name, http2), func(t *testing.T) {
					t.Parallel()
					r := refusing(t, body, request, http2)
					runs := runs
					if request.slow {
						runs /= 10
					}
					for run := range runs {
						n := 1 + run%2
						err := parallel.Each(t.Context(), n, func(ctx context.Context, i int) error { return request.do(ctx, r, i) })
						if err == nil || !strings.Contains(err.Error(), body.want) {
							t.Fatalf("run %d of %d at once: %v", run, n, err)
						}
					}
				})
			}
		}
	}
}

// refusing is a repository of a registry that refuses one kind of request, and takes its time with the body.
func refusing(t *testing.T, body said, request refusable, http2 bool) *Repository {
	return serve(t, http2, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == request.method && strings.Contains(r.URL.Path, request.path):
			w.Header().Set("Content-Type", body.contentType)
			if body.coding != "" {
				w.Header().Set("Content-Encoding", body.coding)
			}
			w.WriteHeader(http.StatusForbidden)
			w.(http.Flusher).Flush()
			time.Sleep(rand.N(300 * time.Microsecond))
			io.WriteString(w, body.body)
		case r.Method == http.MethodPost:
			w.Header().Set("Location", "/upload")
			w.WriteHeader(http.StatusAccepted)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
}

// started starts a server, with TLS for HTTP/2, and gives the options to speak to it.
func started(server *httptest.Server, http2 bool) Options {
	if !http2 {
		server.Start()
		return Options{}
	}
	server.EnableHTTP2 = true
	server.StartTLS()
	return Options{TLS: func(string, string) (*tls.Config, error) {
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
	}}
}
