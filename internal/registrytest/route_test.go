package registrytest

import (
	"strings"
	"testing"
)

func TestPaths(t *testing.T) {
	srv := New(t, Options{})
	digest := digestOf(nil)
	component := strings.Repeat("a", 255)
	for _, tc := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/v2/", 200, ""},
		{"HEAD", "/v2/", 200, ""},
		{"GET", "/v2", 404, ""},
		{"GET", "/v1/app/manifests/latest", 404, ""},
		{"GET", "/token", 404, ""}, // there is no token server without TokenAuth
		{"GET", "/v2/app", 404, ""},
		{"GET", "/v2/manifests/latest", 404, ""},
		{"GET", "/v2/app/referrers/" + digest, 404, ""},
		{"GET", "/v2/app/tags/all", 404, ""},
		{"GET", "/v2/a%2Fb/manifests/latest", 404, ""},
		{"GET", "/v2/a/manifests/%2Flatest", 404, ""},

		{"POST", "/v2/", 405, "UNSUPPORTED"},
		{"POST", "/v2/app/manifests/latest", 405, "UNSUPPORTED"},
		{"PUT", "/v2/app/blobs/" + digest, 405, "UNSUPPORTED"},
		{"GET", "/v2/app/blobs/uploads/", 405, "UNSUPPORTED"},
		{"POST", "/v2/app/blobs/uploads/x", 405, "UNSUPPORTED"},
		{"PUT", "/v2/app/tags/list", 405, "UNSUPPORTED"},

		{"GET", "/v2/a/b-c/d__e/f.g/manifests/latest", 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/app/blobs/manifests/latest", 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/app/manifests/uploads/blobs/sha256%3A" + digest[7:], 404, "BLOB_UNKNOWN"},
		{"GET", "/v2/" + component + "/manifests/latest", 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/" + component + "a/manifests/latest", 400, "NAME_INVALID"},
		{"GET", "/v2/App/manifests/latest", 400, "NAME_INVALID"},
		{"GET", "/v2/-app/manifests/latest", 400, "NAME_INVALID"},
		{"GET", "/v2/app-/blobs/" + digest, 400, "NAME_INVALID"},
		{"GET", "/v2/a..b/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/a___b/tags/list", 400, "NAME_INVALID"},
		{"GET", "/v2/a//b/tags/list", 400, "NAME_INVALID"},
		{"POST", "/v2/a:b/blobs/uploads/", 400, "NAME_INVALID"},
		{"GET", "/v2/a%0Ab/manifests/latest", 400, "NAME_INVALID"},

		{"GET", "/v2/app/manifests/" + strings.Repeat("T", 128), 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/app/manifests/_1.a-B", 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/app/manifests/" + strings.Repeat("T", 129), 400, "TAG_INVALID"},
		{"GET", "/v2/app/manifests/.a", 400, "TAG_INVALID"},
		{"GET", "/v2/app/manifests/-a", 400, "TAG_INVALID"},
		{"GET", "/v2/app/manifests/a%20b", 400, "TAG_INVALID"},
		{"GET", "/v2/app/manifests/", 400, "TAG_INVALID"},

		{"GET", "/v2/app/blobs/latest", 400, "DIGEST_INVALID"},
		{"GET", "/v2/app/blobs/" + digest[:70], 400, "DIGEST_INVALID"},
		{"GET", "/v2/app/manifests/" + strings.ToUpper(digest), 400, "DIGEST_INVALID"},
		{"GET", "/v2/app/manifests/sha256:" + strings.ToUpper(digest[7:]), 400, "DIGEST_INVALID"},
		{"GET", "/v2/app/manifests/md5:" + digest[7:39], 400, "DIGEST_INVALID"},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			a := ask(t, srv, tc.method, tc.path, nil)
			if tc.method == "HEAD" {
				equal(t, "status", a.status, tc.status)
				return
			}
			expect(t, a, tc.status, tc.code)
		})
	}
}

func TestPing(t *testing.T) {
	for _, tls := range []bool{false, true} {
		srv := New(t, Options{TLS: tls})
		a := expect(t, ask(t, srv, "GET", "/v2/", nil), 200, "")
		equal(t, "version", a.header.Get("Docker-Distribution-Api-Version"), "registry/2.0")
		equal(t, "certificate", srv.Certificate() != nil, tls)
		equal(t, "URL", srv.URL(), map[bool]string{false: "http://", true: "https://"}[tls]+srv.Host())
	}
}
