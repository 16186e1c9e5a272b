package registrytest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

var blob = []byte("some bytes")

// start opens an upload and returns its address.
func start(t *testing.T, srv *Server, repository string) string {
	t.Helper()
	a := expect(t, ask(t, srv, "POST", "/v2/"+repository+"/blobs/uploads/", nil), 202, "")
	return a.header.Get("Location")
}

// upload keeps a blob by way of HTTP.
func uploadBlob(t *testing.T, srv *Server, repository string, blob []byte) string {
	t.Helper()
	digest := digestOf(blob)
	expect(t, ask(t, srv, "PUT", start(t, srv, repository)+"&digest="+digest, blob), 201, "")
	return digest
}

func TestUploadInOne(t *testing.T) {
	srv := New(t, Options{})
	location := start(t, srv, "app")
	u, err := url.Parse(location)
	if err != nil || !u.IsAbs() || u.Host != srv.Host() || u.Query().Get("_state") == "" {
		t.Fatalf("Location %q: %v", location, err)
	}
	if !strings.Contains(u.RawQuery, "%") {
		t.Errorf("the state needs no escapes: %q", u.RawQuery)
	}
	digest := digestOf(blob)
	a := expect(t, ask(t, srv, "PUT", location+"&digest="+digest, blob), 201, "")
	equal(t, "Location", a.header.Get("Location"), srv.URL()+"/v2/app/blobs/"+digest)
	equal(t, "Docker-Content-Digest", a.header.Get("Docker-Content-Digest"), digest)
	equal(t, "HasBlob", srv.HasBlob("app", digest), true)
	equal(t, "HasBlob elsewhere", srv.HasBlob("other", digest), false)
	expect(t, ask(t, srv, "PUT", location+"&digest="+digest, blob), 404, "BLOB_UPLOAD_UNKNOWN")
}

func TestUploadInChunks(t *testing.T) {
	srv := New(t, Options{RelativeLocation: true})
	location := start(t, srv, "app")
	if !strings.HasPrefix(location, "/v2/app/blobs/uploads/") {
		t.Fatalf("Location %q", location)
	}
	a := expect(t, ask(t, srv, "GET", location, nil), 204, "")
	equal(t, "Range of nothing", a.header.Get("Range"), "0-0")
	a = expect(t, ask(t, srv, "PATCH", location, blob[:4], "Content-Range", "0-3"), 202, "")
	equal(t, "Range", a.header.Get("Range"), "0-3")
	second := a.header.Get("Location")
	expect(t, ask(t, srv, "PATCH", location, blob[4:]), 416, "RANGE_INVALID")
	a = expect(t, ask(t, srv, "GET", location, nil), 204, "")
	equal(t, "Range", a.header.Get("Range"), "0-3")
	equal(t, "Location by GET", a.header.Get("Location"), second)
	for _, bad := range []string{"0-5", "4-8", "4-10", "bytes 4-9/*", "4"} {
		a := ask(t, srv, "PATCH", second, blob[4:], "Content-Range", bad)
		expect(t, a, 416, "RANGE_INVALID")
	}
	digest := digestOf(blob)
	a = expect(t, ask(t, srv, "PUT", second+"&digest="+digest, blob[4:], "Content-Range", "4-9"), 201, "")
	equal(t, "Location", a.header.Get("Location"), "/v2/app/blobs/"+digest)
	equal(t, "blob", string(ask(t, srv, "GET", "/v2/app/blobs/"+digest, nil).body), string(blob))
}

func TestUploadRefused(t *testing.T) {
	digest, other := digestOf(blob), digestOf([]byte("other"))
	for _, tc := range []struct {
		name, method string
		target       func(location string) string
		header       string // Content-Type
		status       int
		code         string
		gone         bool // the session is, afterwards
	}{
		{"wrong digest", "PUT", func(l string) string { return l + "&digest=" + other }, "", 400, "DIGEST_INVALID", true},
		{"no digest", "PUT", func(l string) string { return l }, "", 400, "DIGEST_INVALID", false},
		{"malformed digest", "PUT", func(l string) string { return l + "&digest=sha256:12" }, "", 400, "DIGEST_INVALID", false},
		{"no state", "PUT", func(l string) string { return cut(l, "?") + "?digest=" + digest }, "", 400, "BLOB_UPLOAD_INVALID", false},
		{"state of another", "PATCH", func(l string) string { return strings.Replace(l, "_state=", "_state=X", 1) }, "", 400, "BLOB_UPLOAD_INVALID", false},
		{"state cut short", "PATCH", func(l string) string { return cut(l, "%") }, "", 416, "RANGE_INVALID", false},
		{"state missing in GET", "GET", func(l string) string { return cut(l, "?") }, "", 400, "BLOB_UPLOAD_INVALID", false},
		{"state missing in DELETE", "DELETE", func(l string) string { return cut(l, "?") }, "", 400, "BLOB_UPLOAD_INVALID", false},
		{"other session", "PATCH", func(l string) string { return strings.Replace(l, "uploads/", "uploads/X", 1) }, "", 404, "BLOB_UPLOAD_UNKNOWN", false},
		{"other repository", "PATCH", func(l string) string { return strings.Replace(l, "/app/", "/other/", 1) }, "", 404, "BLOB_UPLOAD_UNKNOWN", false},
		{"unknown session and digest", "PUT", func(l string) string { return strings.Replace(l, "uploads/", "uploads/X", 1) }, "", 404, "BLOB_UPLOAD_UNKNOWN", false},
		{"form in PUT", "PUT", func(l string) string { return l + "&digest=" + digest }, "application/x-www-form-urlencoded", 400, "BLOB_UPLOAD_INVALID", false},
		{"JSON in PATCH", "PATCH", func(l string) string { return l }, "application/json", 400, "BLOB_UPLOAD_INVALID", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := New(t, Options{})
			location := start(t, srv, "app")
			headers := []string{}
			if tc.header != "" {
				headers = append(headers, "Content-Type", tc.header)
			}
			expect(t, ask(t, srv, tc.method, tc.target(location), blob, headers...), tc.status, tc.code)
			equal(t, "HasBlob", srv.HasBlob("app", digest) || srv.HasBlob("app", other), false)
			again := ask(t, srv, "PUT", location+"&digest="+digest, blob)
			equal(t, "session gone", again.status != 201, tc.gone)
		})
	}
}

// cut returns what stands before a separator.
func cut(s, separator string) string {
	before, _, _ := strings.Cut(s, separator)
	return before
}

func TestUploadGivenUp(t *testing.T) {
	srv := New(t, Options{})
	location := start(t, srv, "app")
	expect(t, ask(t, srv, "DELETE", location, nil), 204, "")
	expect(t, ask(t, srv, "PATCH", location, blob), 404, "BLOB_UPLOAD_UNKNOWN")
}

func TestUploadInOneRequestIsNotDone(t *testing.T) {
	srv := New(t, Options{})
	digest := digestOf(blob)
	a := expect(t, ask(t, srv, "POST", "/v2/app/blobs/uploads/?digest="+digest, blob), 202, "")
	equal(t, "HasBlob", srv.HasBlob("app", digest), false)
	expect(t, ask(t, srv, "PUT", a.header.Get("Location")+"&digest="+digest, blob), 201, "")
}

func TestBrokenChunkIsNotKept(t *testing.T) {
	srv := New(t, Options{})
	location := start(t, srv, "app")
	req, err := http.NewRequest("PATCH", location, strings.NewReader("half"))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 8
	if resp, err := srv.Client().Do(req); err == nil {
		resp.Body.Close()
		t.Fatalf("got %s", resp.Status)
	}
	a := expect(t, ask(t, srv, "GET", location, nil), 204, "")
	equal(t, "Range", a.header.Get("Range"), "0-0")
}

func TestMount(t *testing.T) {
	held, unknown := digestOf(blob), digestOf([]byte("other"))
	for _, tc := range []struct {
		name, query string
		refuse      bool
		mounted     bool
	}{
		{"held", "mount=" + held + "&from=source", false, true},
		{"refused", "mount=" + held + "&from=source", true, false},
		{"no from", "mount=" + held, false, false},
		{"wrong from", "mount=" + held + "&from=other", false, false},
		{"malformed from", "mount=" + held + "&from=Source", false, false},
		{"unknown blob", "mount=" + unknown + "&from=source", false, false},
		{"malformed digest", "mount=sha256:1&from=source", false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := New(t, Options{RefuseMounts: tc.refuse})
			uploadBlob(t, srv, "source", blob)
			a := ask(t, srv, "POST", "/v2/app/blobs/uploads/?"+tc.query, nil)
			if tc.mounted {
				expect(t, a, 201, "")
				equal(t, "Location", a.header.Get("Location"), srv.URL()+"/v2/app/blobs/"+held)
				equal(t, "Docker-Content-Digest", a.header.Get("Docker-Content-Digest"), held)
			} else {
				expect(t, a, 202, "")
				expect(t, ask(t, srv, "GET", a.header.Get("Location"), nil), 204, "")
			}
			equal(t, "HasBlob", srv.HasBlob("app", held), tc.mounted)
		})
	}
}
