package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// A 401 that names no login is told as that, unless an earlier challenge tells what is wanted.
func TestUnaskedLogin(t *testing.T) {
	const text = "401 Unauthorized: no (the registry asks for a login, but sends no WWW-Authenticate header)"
	for _, o := range []Options{{}, {Credentials: login}} {
		r := serve(t, false, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"message":"no"}`)
		})
		r.client.credential, _ = credentialOf(o)
		_, err := r.Manifest(t.Context(), tag("x"))
		if !errors.Is(err, registry.ErrDenied) || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v", err)
		}
		if _, err = r.Referrers(t.Context(), registry.DigestOf(nil)); !errors.Is(err, registry.ErrNotFound) {
			t.Errorf("referrers: %v", err)
		}
	}
}

func credentialOf(o Options) (Credential, error) {
	if o.Credentials == nil {
		return Credential{}, nil
	}
	return o.Credentials(context.Background(), name.Repository{})
}

// A 401 that does not repeat the challenge means the one before.
func TestChallengeIsRemembered(t *testing.T) {
	server := registrytest.New(t, tokenAuth)
	server.Push(t, "a", "latest", registrytest.Image{}.Build())
	r := open(t, Options{Credentials: login}, server.Host(), "a")[0]
	if _, err := r.Manifest(t.Context(), tag("latest")); err != nil {
		t.Fatal(err)
	}
	failing(server, http.MethodGet, 1, http.StatusUnauthorized)
	if _, err := r.Manifest(t.Context(), tag("latest")); err != nil {
		t.Error(err)
	}
}

// No answer is to be encoded. One that is all the same, and whose bytes are not right, has its coding named.
func TestContentCoding(t *testing.T) {
	image := registrytest.Image{}.Build()
	content := strings.Repeat("layer", 1000)
	blob := v1.Descriptor{MediaType: "application/x", Digest: registry.DigestOf([]byte(content)), Size: int64(len(content))}
	config := v1.Descriptor{MediaType: "application/vnd.oci.image.config.v1+json", Digest: blob.Digest, Size: blob.Size}
	read := func(r *Repository, d v1.Descriptor) error {
		b, err := r.Blob(t.Context(), d)
		if err == nil {
			_, err = io.Copy(io.Discard, b)
		}
		return err
	}
	requests := map[string]func(r *Repository) error{
		"manifest": func(r *Repository) error { _, err := r.Manifest(t.Context(), tag("x")); return err },
		"digest": func(r *Repository) error {
			_, err := r.Manifest(t.Context(), registry.Ref{Digest: blob.Digest})
			return err
		},
		"blob":   func(r *Repository) error { return read(r, blob) },
		"config": func(r *Repository) error { return read(r, config) },
		"tags":   func(r *Repository) error { _, err := r.Tags(t.Context()); return err },
	}
	for kind, request := range requests {
		for _, wrong := range []bool{true, false} {
			r := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
				body := map[bool]string{true: content, false: string(image.Manifest)}[strings.Contains(r.URL.Path, "/blobs/")]
				if strings.Contains(r.URL.Path, "/tags/") {
					body = `{"tags":["1"]}`
				}
				if kind == "digest" {
					body = content
				}
				w.Header().Set("Content-Type", image.MediaType)
				if r.Header.Get("Accept-Encoding") != "identity" {
					t.Errorf("%s: Accept-Encoding %q", kind, r.Header.Get("Accept-Encoding"))
				}
				w.Header().Set("Content-Encoding", "gzip") // as some stores say of each layer
				if wrong {
					body = gzipped(body)
				}
				io.WriteString(w, body)
			})
			err := request(r)
			var coded *EncodedError
			if named := errors.As(err, &coded) && strings.Contains(err.Error(), "Content-Encoding: gzip"); named != (wrong || kind == "digest") || !named && err != nil {
				t.Errorf("%s, wrong %v: %v", kind, wrong, err)
			}
		}
	}
}

// A server that takes ranges with an end only is asked for these.
func TestClosedRanges(t *testing.T) {
	content := strings.Repeat("0123456789", 20_000)
	d := v1.Descriptor{Digest: registry.DigestOf([]byte(content)), Size: int64(len(content))}
	var ranges []string
	r := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		start, end := 0, 0
		if header := r.Header.Get("Range"); header != "" {
			ranges = append(ranges, header)
			if n, err := fmt.Sscanf(header, "bytes=%d-%d", &start, &end); err != nil || n != 2 {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, end, len(content)))
			w.WriteHeader(http.StatusPartialContent)
		}
		rest := content[start:]
		io.WriteString(w, rest[:min(len(rest), 90_000)])
		if len(rest) > 90_000 {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
	})
	blob, err := r.Blob(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(blob); err != nil || string(got) != content {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if want := []string{"bytes=90000-199999", "bytes=180000-199999"}; !slices.Equal(ranges, want) {
		t.Errorf("ranges %q, want %q", ranges, want)
	}
}

// A blob that is all there when its connection breaks is not asked for again.
func TestBreakAtTheEnd(t *testing.T) {
	content := "all of it"
	d := v1.Descriptor{Digest: registry.DigestOf([]byte(content)), Size: int64(len(content))}
	var requests atomic.Int32
	r := serve(t, false, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		io.WriteString(w, content)
		w.(http.Flusher).Flush() // chunked, and the last chunk never comes
		panic(http.ErrAbortHandler)
	})
	blob, err := r.Blob(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(blob); err != nil || string(got) != content || requests.Load() != 1 {
		t.Errorf("%q, %v, %d requests", got, err, requests.Load())
	}
}

// A token server that gives another identity token has the one before retired (RFC 6749, 6).
func TestRotatedIdentityToken(t *testing.T) {
	for _, rotates := range []bool{true, false} {
		var mu sync.Mutex
		var sent []string
		valid := "identity-0"
		server := registrytest.New(t, tokenAuth)
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			if r.URL.Path != "/token" {
				w.Header().Set("Www-Authenticate", `Bearer realm="`+server.URL()+`/token",service="s"`)
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			if coding := r.Header.Get("Accept-Encoding"); coding != "identity" {
				t.Errorf("Accept-Encoding %q", coding)
			}
			r.ParseForm()
			sent = append(sent, r.PostForm.Get("refresh_token"))
			if r.PostForm.Get("refresh_token") != valid {
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			if rotates {
				valid = fmt.Sprint("identity-", len(sent))
			}
			fmt.Fprintf(w, `{"access_token":"access-%d","refresh_token":%q}`, len(sent), valid)
			return true
		})
		r := open(t, Options{Credentials: func(context.Context, name.Repository) (Credential, error) {
			return Credential{AuthConfig: authn.AuthConfig{IdentityToken: "identity-0"}}, nil
		}}, server.Host(), "a", "b")[0]
		r.Manifest(t.Context(), tag("latest")) // whose tokens are refused, so that another is asked for
		r.Manifest(t.Context(), tag("latest"))
		if len(sent) < 2 {
			t.Fatalf("%d tokens were asked for", len(sent))
		}
		for i, token := range sent {
			if want := "identity-" + fmt.Sprint(map[bool]int{true: i}[rotates]); token != want {
				t.Errorf("rotates %v: token %d was asked for with %q, not %q", rotates, i, token, want)
			}
		}
	}
}

// A link to a store that has expired is replaced by the registry, once.
func TestExpiredLink(t *testing.T) {
	content := "content"
	d := v1.Descriptor{Digest: registry.DigestOf([]byte(content)), Size: int64(len(content))}
	const expired = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
	for _, test := range []struct {
		status, refusals int
		asked            int32 // of the registry
		ok               bool
	}{
		{403, 1, 2, true}, {400, 1, 2, true}, {401, 1, 2, true}, {410, 1, 2, true},
		{403, 100, 2, false}, {400, 100, 2, false}, {404, 1, 1, false},
	} {
		var asked, refused atomic.Int32
		store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if refused.Add(1) <= int32(test.refusals) {
				w.WriteHeader(test.status)
				io.WriteString(w, expired)
				return
			}
			io.WriteString(w, content)
		}))
		defer store.Close()
		r := serve(t, false, func(w http.ResponseWriter, _ *http.Request) {
			redirect(fmt.Sprintf("%s/x?link=%d", store.URL, asked.Add(1)), http.StatusTemporaryRedirect)(w, nil)
		})
		blob, err := r.Blob(t.Context(), d)
		if err == nil {
			_, err = io.Copy(io.Discard, blob)
		}
		if (err == nil) != test.ok || asked.Load() != test.asked {
			t.Errorf("%d %d times: the registry was asked %d times: %v", test.status, test.refusals, asked.Load(), err)
		}
		want := fmt.Sprintf("%s, to which the registry redirects, answers %s: AccessDenied: Request has expired", strings.TrimPrefix(store.URL, "http://"), refusal.StatusText(test.status))
		if err != nil && (!strings.HasSuffix(err.Error(), want) || errors.Is(err, registry.ErrDenied)) {
			t.Errorf("%d: %v, want %q", test.status, err, want)
		}
	}
}

// Retry-After may be a Unix time, which is near now, or a number of seconds, which is not.
func TestRetryAfterUnixTime(t *testing.T) {
	now := time.Now()
	for value, want := range map[string]time.Duration{
		fmt.Sprint(now.Add(40 * time.Second).Unix()):        40 * time.Second,
		fmt.Sprint(now.Add(40 * time.Second).UnixMilli()):   40 * time.Second,
		fmt.Sprintf("%d.5", now.Add(40*time.Second).Unix()): 40 * time.Second,
		fmt.Sprint(now.Add(-time.Hour).Unix()):              0,
		fmt.Sprint(now.Add(6 * time.Hour).Unix()):           6 * time.Hour,
		" 2 ":      2 * time.Second,
		"1.5":      1500 * time.Millisecond,
		"31536000": 365 * 24 * time.Hour,
		"NaN":      0,
		"Inf":      0,
		"-5":       0,
		now.Add(40 * time.Second).UTC().Format("Monday, 02-Jan-06 15:04:05 GMT"): 40 * time.Second,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}); (got - want).Abs() > 2*time.Second {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

// Stores and file servers serve manifests under generic types; the manifest says what it is.
func TestGenericTypes(t *testing.T) {
	image := registrytest.Image{}.Build()
	for generic, ok := range map[string]bool{
		"application/octet-stream": true, "binary/octet-stream": true, "application/x-octet-stream": true, "application/json; charset=utf-8": true,
		"text/plain": true, "text/json": true, "text/html": true, "application/unknown": true, "Application/X-JSON": true, "": true,
		"application/vnd.oci.image.index.v1+json": false, "application/vnd.docker.distribution.manifest.v2+json": image.MediaType == "application/vnd.docker.distribution.manifest.v2+json",
	} {
		r := serve(t, false, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{generic}
			w.Write(image.Manifest)
		})
		m, err := r.Manifest(t.Context(), tag("x"))
		if (err == nil) != ok || ok && string(m.MediaType) != image.MediaType {
			t.Errorf("%q: %q, %v", generic, m.MediaType, err)
		}
	}
}

// An image of schema 1 is told as that, whatever its digest is; a tag that holds one can be looked at.
func TestSchema1(t *testing.T) {
	const signed = "application/vnd.docker.distribution.manifest.v1+prettyjws"
	bare := `{"schemaVersion":1,"name":"a","tag":"x","architecture":"amd64","fsLayers":[{"blobSum":"sha256:` + strings.Repeat("0", 64) + `"}],"history":[]}`
	digest := registry.DigestOf([]byte("what was signed"))
	for _, test := range []struct{ contentType, body string }{
		{signed, bare}, {"application/vnd.docker.distribution.manifest.v1+json", bare}, {"application/json", bare}, {"", bare},
		{signed + "; charset=utf-8", bare}, {"application/octet-stream", strings.Replace(bare, "{", `{"mediaType":"`+signed+`",`, 1)},
	} {
		for _, head := range []bool{true, false} {
			r := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodHead && !head {
					w.WriteHeader(http.StatusMethodNotAllowed)
					return
				}
				w.Header()["Content-Type"] = []string{test.contentType}
				w.Header().Set("Docker-Content-Digest", digest.String())
				w.Header().Set("Content-Length", fmt.Sprint(len(test.body)))
				io.WriteString(w, test.body)
			})
			for _, ref := range []registry.Ref{tag("x"), {Digest: digest}} {
				if _, err := r.Manifest(t.Context(), ref); !errors.Is(err, registry.ErrSchema1) || !errors.Is(err, registry.ErrUnverified) {
					t.Errorf("%q, %s: %v", test.contentType, ref, err)
				}
				if d, err := r.Describe(t.Context(), ref); err != nil || d.Digest != digest {
					t.Errorf("%q, %s, HEAD %v: %v %v", test.contentType, ref, head, d.Digest, err)
				}
			}
		}
	}
}

// A registry that does not know by which address it is reached is told as that.
func TestMisdirected(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	resets := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer resets.Close()
	content := "content"
	d := v1.Descriptor{Digest: registry.DigestOf([]byte(content)), Size: int64(len(content))}
	memory := blobsOf(10)
	upload := func(r *Repository) error {
		_, err := r.PutBlob(t.Context(), memory.all[0], memory.memory)
		return err
	}
	read := func(r *Repository) error { _, err := r.Blob(t.Context(), d); return err }
	list := func(r *Repository) error { _, err := r.Tags(t.Context()); return err }
	at := strings.TrimPrefix(closed.URL, "http://")
	elsewhere := strings.Replace(at, "127.0.0.1", "localhost", 1)
	for _, test := range []struct {
		name, header, value string
		status              int
		https               bool
		do                  func(*Repository) error
		own                 bool
		class               error
		words               string
	}{
		{"wrong port for an upload", "Location", closed.URL + "/v2/a/blobs/uploads/1", 202, false, upload, true, registry.ErrUnavailable, "connection refused"},
		{"wrong port for a read", "Location", closed.URL + "/v2/a/blobs/x", 307, false, read, true, registry.ErrUnavailable, "connection refused"},
		{"another name for an upload", "Location", "http://" + elsewhere + "/v2/a/blobs/uploads/1", 202, false, upload, true, registry.ErrUnavailable, "connection refused"},
		{"a reset for an upload", "Location", resets.URL + "/v2/a/blobs/uploads/1", 202, false, upload, false, registry.ErrUnavailable, ""},
		{"a store that is away", "Location", "http://" + elsewhere + "/bucket/x", 307, false, read, false, registry.ErrUnavailable, "connection refused"},
		{"http for an upload", "Location", "http://HOST/v2/a/blobs/uploads/1", 202, true, upload, true, registry.ErrUnverified, "not https"},
		{"http for a read", "Location", "http://HOST/v2/a/blobs/x", 307, true, read, true, registry.ErrUnverified, "not https"},
		{"http for a list", "Link", `<http://HOST/v2/a/tags/list?last=1>; rel="next"`, 200, true, list, true, registry.ErrUnverified, "the next page of the list is not on the registry"},
		{"wrong port for a list", "Link", `<` + closed.URL + `/v2/a/tags/list?last=1>; rel="next"`, 200, false, list, true, registry.ErrUnverified, "the next page of the list is not on the registry"},
	} {
		r := serve(t, test.https, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			w.Header().Set(test.header, strings.ReplaceAll(test.value, "HOST", r.Host))
			w.WriteHeader(test.status)
			io.WriteString(w, `{"tags":["1"]}`)
		})
		err := test.do(r)
		var place *MisdirectedError
		if !errors.As(err, &place) || place.Own != test.own || place.Header != test.header || !errors.Is(err, test.class) {
			t.Errorf("%s: %+v: %v", test.name, place, err)
			continue
		}
		if said := "the " + test.header + " header of the registry leads to http://"; !strings.Contains(err.Error(), said) || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
