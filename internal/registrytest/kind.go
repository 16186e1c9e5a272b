package registrytest

import (
	"net/http"
	"net/url"
	"strings"
)

// A Kind is what a request is for.
type Kind string

const (
	LookUpTag    Kind = "look up a tag" // HEAD
	LookUpChild  Kind = "look up a manifest by digest"
	ReadTag      Kind = "read a tag" // GET
	ReadManifest Kind = "read a manifest by digest"
	LookUpBlob   Kind = "look up a blob"
	ReadBlob     Kind = "read a blob"
	Mount        Kind = "mount a blob"
	StartUpload  Kind = "start an upload"
	SendBlob     Kind = "send a blob" // PUT or PATCH
	CancelUpload Kind = "cancel an upload"
	PutChild     Kind = "put a manifest by digest"
	PutTag       Kind = "put a tag"
	AskReferrers Kind = "ask for referrers"
	Token        Kind = "get a token"
	Other        Kind = "something else"
)

// Writes reports whether a request of this kind changes a registry.
func (k Kind) Writes() bool {
	switch k {
	case Mount, StartUpload, SendBlob, CancelUpload, PutChild, PutTag:
		return true
	}
	return false
}

// Looks reports whether it is a HEAD.
func (k Kind) Looks() bool { return k == LookUpTag || k == LookUpChild || k == LookUpBlob }

// KindOf reports what a request of the log was for.
func (r Request) Kind() Kind { return kindOf(r.Method, &url.URL{Path: r.Path}, r.Query) }

// Point is a request without what is different in each run. Several requests of a run may be at the
// same point: a try and the next one, or the uploads of several blobs.
func (r Request) Point() string { return pointOf(r.Method, r.Path, r.Query) }

func kindOf(method string, u *url.URL, query url.Values) Kind {
	if u.Path == "/token" {
		return Token
	}
	route, ok, err := parseRoute(u.EscapedPath())
	if !ok || err != nil {
		return Other
	}
	switch route.endpoint {
	case manifestEndpoint:
		kinds := map[string]Kind{http.MethodHead: LookUpTag, http.MethodGet: ReadTag, http.MethodPut: PutTag}
		if route.tag == "" {
			kinds = map[string]Kind{http.MethodHead: LookUpChild, http.MethodGet: ReadManifest, http.MethodPut: PutChild}
		}
		if kind, ok := kinds[method]; ok {
			return kind
		}
	case blobEndpoint:
		if method == http.MethodHead {
			return LookUpBlob
		}
		return ReadBlob
	case referrersEndpoint:
		return AskReferrers
	case uploadsEndpoint:
		if query.Has("mount") {
			return Mount
		}
		return StartUpload
	case uploadEndpoint:
		if method == http.MethodDelete {
			return CancelUpload
		}
		return SendBlob
	}
	return Other
}

func pointOf(method, path string, query url.Values) string {
	point := method + " " + path
	if before, _, ok := strings.Cut(path, "/blobs/uploads/"); ok {
		point = method + " " + before + "/blobs/uploads/"
	}
	for _, key := range []string{"mount", "from", "digest"} {
		if value := query.Get(key); value != "" {
			point += " " + key + "=" + value
		}
	}
	return point
}
