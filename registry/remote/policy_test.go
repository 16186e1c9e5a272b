package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// answer makes a server answer some requests by itself.
func answer(server *registrytest.Server, method string, answer http.HandlerFunc) {
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method {
			return false
		}
		answer(w, r)
		return true
	})
}

func redirect(to string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}
}

func TestRedirects(t *testing.T) {
	image := registrytest.Image{}.Build()
	m := registry.NewManifest(types.MediaType(image.MediaType), image.Manifest)
	read := func(t *testing.T, r *Repository) error {
		_, err := r.Manifest(t.Context(), tag("latest"))
		return err
	}
	write := func(t *testing.T, r *Repository) error {
		return r.PutManifest(t.Context(), tag("latest"), m)
	}
	tests := []struct {
		name   string
		method string
		status int
		to     string // HOST is the registry, OTHER another one
		do     func(*testing.T, *Repository) error
		text   string
	}{
		{"endless", http.MethodGet, 302, "/again", read, "more than 10 times"},
		{"a PUT elsewhere", http.MethodPut, 307, "http://OTHER/x", write, "does not follow redirects of writes"},
		{"a PUT that would become a GET", http.MethodPut, 302, "http://HOST/v2/", write, "does not follow redirects of writes"},
		{"another scheme", http.MethodGet, 302, "ftp://OTHER/x", read, "is not https"},
		{"a write that is kept here", http.MethodPut, 308, "/again", write, "more than 10 times"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, other := registrytest.New(t, registrytest.Options{}), registrytest.New(t, registrytest.Options{})
			server.Push(t, "a", "latest", image)
			to := strings.NewReplacer("HOST", server.Host(), "OTHER", other.Host()).Replace(test.to)
			answer(server, test.method, redirect(to, test.status))
			err := test.do(t, open(t, Options{}, server.Host(), "a")[0])
			if !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("error %v, want %q", err, test.text)
			}
			if n := len(other.Requests()); n != 0 {
				t.Errorf("%d requests went elsewhere", n)
			}
		})
	}
}

// From https nothing leads to http: not a redirect, not the place for an upload.
func TestNoDowngrade(t *testing.T) {
	plain := registrytest.New(t, registrytest.Options{})
	server := registrytest.New(t, registrytest.Options{TLS: true})
	blob := blobOf(t, server, "a")
	r := open(t, Options{Insecure: true}, server.Host(), "a")[0]
	source := open(t, Options{}, plain.Host(), "b")[0]
	for method, do := range map[string]func() error{
		http.MethodGet: func() error { _, err := r.Blob(t.Context(), blob); return err },
		http.MethodPost: func() error {
			blobOf(t, plain, "b")
			server.DeleteBlob("a", blob.Digest.String())
			_, err := r.PutBlob(t.Context(), blob, source)
			return err
		},
	} {
		status := http.StatusFound
		if method == http.MethodPost {
			status = http.StatusAccepted
		}
		answer(server, method, redirect(plain.URL()+"/x", status))
		if err := do(); !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), "not https") {
			t.Errorf("%s: error %v", method, err)
		}
	}
	if n := count(plain, func(r registrytest.Request) bool { return r.Path == "/x" }); n != 0 {
		t.Errorf("%d requests over plain http", n)
	}
}

func TestScheme(t *testing.T) {
	secure := registrytest.New(t, registrytest.Options{TLS: true})
	secure.Push(t, "a", "latest", registrytest.Image{}.Build())
	plain := registrytest.New(t, registrytest.Options{})
	plain.Push(t, "a", "latest", registrytest.Image{}.Build())
	trusted := trusting(secure.Certificate())
	tests := []struct {
		name   string
		host   string
		o      Options
		ok     bool
		warned string
	}{
		{"loopback", plain.Host(), Options{}, true, ""},
		{"loopback with --insecure", plain.Host(), Options{Insecure: true}, true, ""},
		{"loopback that speaks TLS, unknown CA", secure.Host(), Options{}, false, ""},
		{"loopback that speaks TLS, any CA", secure.Host(), Options{Insecure: true}, true, secure.Host() + ": accepting an invalid certificate (--insecure)"},
		{"any CA for this one", secure.Host(), Options{InsecureHosts: []string{secure.Host()}}, true, secure.Host()},
		{"any CA for another one", secure.Host(), Options{InsecureHosts: []string{plain.Host()}}, false, ""},
		{"any CA where it is a good one", secure.Host(), Options{TLS: trusted, Insecure: true}, true, ""},
		{"loopback that speaks TLS, trusted", secure.Host(), Options{TLS: trusted}, true, ""},
		{"plain http on request only", secure.Host(), Options{PlainHTTP: true}, false, ""},
		{"plain http for this one", secure.Host(), Options{PlainHTTPHosts: []string{secure.Host()}}, false, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var warned []string
			test.o.Warn = func(text string) { warned = append(warned, text) }
			_, err := open(t, test.o, test.host, "a")[0].Manifest(t.Context(), tag("latest"))
			if (err == nil) != test.ok {
				t.Errorf("error: %v", err)
			}
			got := strings.Join(warned, "\n")
			if (got == "") != (test.warned == "") || !strings.Contains(got, test.warned) || len(warned) > 1 {
				t.Errorf("warned %q, not %q", got, test.warned)
			}
		})
	}
}

// trusting gives the TLS of who trusts one certificate.
func trusting(certificate *x509.Certificate) func(string, string) (*tls.Config, error) {
	return func(string, string) (*tls.Config, error) {
		roots := x509.NewCertPool()
		roots.AddCert(certificate)
		return &tls.Config{RootCAs: roots}, nil
	}
}

// Another machine is spoken to by https, and by http only where --insecure allows it and the server
// knows no TLS.
func TestSchemeOfOthers(t *testing.T) {
	plain := registrytest.New(t, registrytest.Options{})
	plain.Push(t, "a", "latest", registrytest.Image{}.Build())
	to := func(o Options) Options {
		o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, plain.Host())
		}
		return o
	}
	var warned string
	warn := func(text string) { warned = text }
	if _, err := open(t, to(Options{Insecure: true, Warn: warn}), "registry.test", "a")[0].Manifest(t.Context(), tag("latest")); err != nil {
		t.Errorf("--insecure: %v", err)
	}
	if !strings.Contains(warned, "registry.test") {
		t.Errorf("warned of plain http: %q", warned)
	}
	if _, err := open(t, to(Options{PlainHTTP: true}), "registry.test", "a")[0].Manifest(t.Context(), tag("latest")); err != nil {
		t.Errorf("--plain-http: %v", err)
	}
	plain.ResetRequests()
	if _, err := open(t, to(Options{}), "registry.test", "a")[0].Manifest(t.Context(), tag("latest")); !errors.Is(err, http.ErrSchemeMismatch) {
		t.Errorf("without a flag: %v", err)
	}
	if n := len(plain.Requests()); n != 0 {
		t.Errorf("%d requests over plain http without a flag", n)
	}
}

func TestLoopback(t *testing.T) {
	h := &host{options: Options{}}
	for registryName, want := range map[string]bool{
		"localhost:5000": true, "127.0.0.1:5000": true, "127.8.9.1": true, "[::1]:5000": true, "x.localhost": true,
		"10.0.0.1:5000": false, "192.168.1.1": false, "example.com": false, "localhost.example.com": false, "127.0.0.1.example.com": false,
	} {
		h.registry = mustRegistry(t, registryName)
		if h.loopback() != want {
			t.Errorf("%s: loopback is %v", registryName, !want)
		}
	}
}

// A server that lies about sizes and types is not believed.
func TestManifestIsChecked(t *testing.T) {
	image := registrytest.Image{}.Build()
	ref := registry.Ref{Digest: registry.DigestOf(image.Manifest)}
	send := func(contentType, digest, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			if digest != "" {
				w.Header().Set("Docker-Content-Digest", digest)
			}
			io.WriteString(w, body)
		}
	}
	good := string(image.Manifest)
	tests := []struct {
		name   string
		ref    registry.Ref
		answer http.HandlerFunc
		ok     bool
	}{
		{"right", ref, send(image.MediaType, image.Digest, good), true},
		{"no digest in the header", ref, send(image.MediaType, "", good), true},
		{"a type with parameters", ref, send(image.MediaType+"; charset=utf-8", "", good), true},
		{"no type", ref, send("text/plain", "", good), true},
		{"other bytes", ref, send(image.MediaType, image.Digest, good+" "), false},
		{"other bytes under a tag", tag("latest"), send(image.MediaType, image.Digest, good+" "), false},
		{"another type", ref, send(string(types.OCIImageIndex), image.Digest, good), false},
		{"HTML", tag("latest"), send("text/html", "", "<html>please log in</html>"), false},
		{"too large", tag("latest"), send(image.MediaType, "", good+strings.Repeat(" ", registry.MaxManifest)), false},
		{"both an index and an image", tag("latest"), send("", "", `{"manifests":[],"layers":[]}`), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := registrytest.New(t, registrytest.Options{})
			answer(server, http.MethodGet, test.answer)
			m, err := open(t, Options{}, server.Host(), "a")[0].Manifest(t.Context(), test.ref)
			if test.ok && (err != nil || string(m.Bytes) != good || string(m.MediaType) != image.MediaType) {
				t.Errorf("%s, %v", m.MediaType, err)
			}
			if !test.ok && !errors.Is(err, registry.ErrUnverified) {
				t.Errorf("error %v, want a verification failure", err)
			}
		})
	}
}
