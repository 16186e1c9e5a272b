package registrytest

import (
	"net/http"
	"testing"
)

func TestBlob(t *testing.T) {
	srv := New(t, Options{})
	digest := uploadBlob(t, srv, "app", blob)
	path := "/v2/app/blobs/" + digest
	for _, method := range []string{"GET", "HEAD"} {
		a := ask(t, srv, method, path, nil)
		equal(t, "status", a.status, 200)
		equal(t, "Content-Length", a.header.Get("Content-Length"), "10")
		equal(t, "Content-Type", a.header.Get("Content-Type"), "application/octet-stream")
		equal(t, "Docker-Content-Digest", a.header.Get("Docker-Content-Digest"), digest)
		equal(t, "Accept-Ranges", a.header.Get("Accept-Ranges"), "bytes")
	}
	a := ask(t, srv, "GET", path, nil, "Range", "bytes=5-")
	equal(t, "status", a.status, http.StatusPartialContent)
	equal(t, "range", string(a.body), string(blob[5:]))

	expect(t, ask(t, srv, "GET", "/v2/other/blobs/"+digest, nil), 404, "BLOB_UNKNOWN")
	equal(t, "HEAD in another repository", ask(t, srv, "HEAD", "/v2/other/blobs/"+digest, nil).status, 404)
}

func TestDeleteBlob(t *testing.T) {
	srv := New(t, Options{})
	digest := uploadBlob(t, srv, "app", blob)
	expect(t, ask(t, srv, "DELETE", "/v2/app/blobs/"+digest, nil), 405, "UNSUPPORTED")
	equal(t, "HasBlob", srv.HasBlob("app", digest), true)

	srv = New(t, Options{AllowDelete: true})
	uploadBlob(t, srv, "app", blob)
	uploadBlob(t, srv, "other", blob)
	expect(t, ask(t, srv, "DELETE", "/v2/app/blobs/"+digest, nil), 202, "")
	equal(t, "HasBlob", srv.HasBlob("app", digest), false)
	equal(t, "HasBlob elsewhere", srv.HasBlob("other", digest), true)
	expect(t, ask(t, srv, "DELETE", "/v2/app/blobs/"+digest, nil), 404, "BLOB_UNKNOWN")
}
