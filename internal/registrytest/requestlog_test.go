package registrytest

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestRequestLog(t *testing.T) {
	srv := New(t, Options{Auth: TokenAuth, Public: []string{"app"}})
	token := getToken(t, srv, "", "repository:app:pull")
	ask(t, srv, "GET", "/v2/app/tags/list?n=2&last=a", nil, "Authorization", "Bearer "+token, "X-Test", "1")
	ask(t, srv, "PATCH", "/v2/app/blobs/uploads/1", blob)
	requests := srv.Requests()
	var lines []string
	for _, r := range requests {
		lines = append(lines, r.String())
	}
	equal(t, "log", strings.Join(lines, "\n"), strings.Join([]string{
		"GET /token?scope=repository%3Aapp%3Apull&service=registrytest 200",
		"GET /v2/app/tags/list?last=a&n=2 404",
		"PATCH /v2/app/blobs/uploads/1 401",
	}, "\n"))
	list := requests[1]
	equal(t, "Authorized", list.Authorized, true)
	equal(t, "Authorized without header", requests[2].Authorized, false)
	equal(t, "Host", list.Host, srv.Host())
	equal(t, "header", list.Header.Get("X-Test"), "1")
	equal(t, "body of a request that was refused", requests[2].Body, 0)

	list.Header.Set("X-Test", "2")
	equal(t, "header after a change", srv.Requests()[1].Header.Get("X-Test"), "1")
	srv.ResetRequests()
	equal(t, "after reset", len(srv.Requests()), 0)
}

func TestRequestLogCountsBodies(t *testing.T) {
	srv := New(t, Options{})
	uploadBlob(t, srv, "app", blob)
	requests := srv.Requests()
	equal(t, "requests", len(requests), 2)
	equal(t, "POST", requests[0].Body, 0)
	equal(t, "PUT", requests[1].Body, int64(len(blob)))
}

func TestIntercept(t *testing.T) {
	srv := New(t, Options{})
	srv.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		switch r.Method {
		case "GET":
			w.WriteHeader(http.StatusTeapot)
		case "PATCH":
			return true // nothing said is 200
		case "POST":
			srv.Answer(discard{http.Header{}}, r) // done, but the client never hears of it
			panic(http.ErrAbortHandler)
		case "DELETE":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return false
			}
			conn.Close()
		default:
			return false
		}
		return true
	})
	equal(t, "GET", ask(t, srv, "GET", "/v2/", nil).status, http.StatusTeapot)
	equal(t, "HEAD", ask(t, srv, "HEAD", "/v2/", nil).status, 200)
	equal(t, "PATCH", ask(t, srv, "PATCH", "/v2/", nil).status, 200)
	for _, method := range []string{"POST", "DELETE"} {
		req, err := http.NewRequest(method, srv.URL()+"/v2/app/blobs/uploads/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := srv.Client().Do(req); err == nil {
			resp.Body.Close()
			t.Errorf("%s: got %s", method, resp.Status)
		}
	}
	srv.Intercept(nil)
	equal(t, "GET without interceptor", ask(t, srv, "GET", "/v2/", nil).status, 200)
	equal(t, "uploads", len(srv.store.uploads), 1)
	var log []string
	for _, r := range srv.Requests() {
		log = append(log, r.String())
	}
	equal(t, "log", strings.Join(log, ", "), "GET /v2/ 418, HEAD /v2/ 200, PATCH /v2/ 200, "+
		"POST /v2/app/blobs/uploads/ 0, DELETE /v2/app/blobs/uploads/ 0, GET /v2/ 200")
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

func TestManyAtOnce(t *testing.T) {
	srv := New(t, Options{TLS: true})
	image := Image{Layers: 3}.Build()
	for n := range 8 {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			repository := []string{"a", "b"}[n%2]
			for digest, blob := range image.Blobs {
				equal(t, "upload", uploadBlob(t, srv, repository, blob), digest)
			}
			a := ask(t, srv, "PUT", "/v2/"+repository+"/manifests/latest", image.Manifest, "Content-Type", image.MediaType)
			expect(t, a, 201, "")
			if err := srv.Complete(repository, "latest"); err != nil {
				t.Error(err)
			}
			srv.Requests()
			srv.Intercept(nil)
		})
	}
}
