package registrytest

import (
	"net/url"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// An endpoint is one of those in the spec, "Endpoints".
type endpoint int

const (
	pingEndpoint      endpoint = iota // end-1
	blobEndpoint                      // end-2, end-10
	manifestEndpoint                  // end-3, end-7, end-9
	uploadsEndpoint                   // end-4, end-11
	uploadEndpoint                    // end-5, end-6, end-13
	tagsEndpoint                      // end-8
	referrersEndpoint                 // end-12
)

// A route is what a path names.
type route struct {
	endpoint endpoint
	name     string // of the repository
	digest   string // of a blob, or of a manifest that is not named by tag
	tag      string // of a manifest
	session  string // of an upload
}

// Both as in the spec, "Pulling manifests".
var (
	nameGrammar = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagGrammar  = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
)

// maxName is the longest repository name in distribution.
const maxName = 255

func validName(s string) bool { return len(s) <= maxName && nameGrammar.MatchString(s) }

func validDigest(s string) bool {
	_, err := v1.NewHash(s)
	return err == nil
}

// parseRoute reads a path from its end, as a repository can be called x/blobs. It reports false for
// what is no path of the API, and an error for one with a malformed part.
func parseRoute(escapedPath string) (route, bool, error) {
	parts := pathParts(escapedPath)
	n := len(parts)
	if n == 1 && parts[0] == "" {
		return route{endpoint: pingEndpoint}, true, nil
	}
	if n < 3 {
		return route{}, false, nil
	}
	name, last := strings.Join(parts[:n-2], "/"), parts[n-1]
	var r route
	var err error
	switch {
	case n >= 4 && parts[n-3] == "blobs" && parts[n-2] == "uploads":
		name = strings.Join(parts[:n-3], "/")
		r = route{endpoint: uploadEndpoint, session: last}
		if last == "" {
			r.endpoint = uploadsEndpoint
		}
	case parts[n-2] == "blobs":
		r, err = blobRoute(last)
	case parts[n-2] == "manifests":
		r, err = manifestRoute(last)
	case parts[n-2] == "referrers":
		r, err = blobRoute(last)
		r.endpoint = referrersEndpoint
	case parts[n-2] == "tags" && last == "list":
		r = route{endpoint: tagsEndpoint}
	default:
		return route{}, false, nil
	}
	r.name = name
	if !validName(name) {
		err = errNameInvalid.about(name)
	}
	return r, true, err
}

// pathParts splits what follows /v2/, if anything does. An escaped slash is not taken for a separator.
func pathParts(escapedPath string) []string {
	rest, ok := strings.CutPrefix(escapedPath, "/v2/")
	if !ok {
		return nil
	}
	parts := strings.Split(rest, "/")
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil || strings.Contains(plain, "/") {
			return nil
		}
		parts[i] = plain
	}
	return parts
}

func blobRoute(digest string) (route, error) {
	if !validDigest(digest) {
		return route{}, errDigestInvalid.about(digest)
	}
	return route{endpoint: blobEndpoint, digest: digest}, nil
}

func manifestRoute(reference string) (route, error) {
	switch {
	case validDigest(reference):
		return route{endpoint: manifestEndpoint, digest: reference}, nil
	case strings.Contains(reference, ":"):
		return route{}, errDigestInvalid.about(reference)
	case !tagGrammar.MatchString(reference):
		return route{}, errTagInvalid.about(reference)
	}
	return route{endpoint: manifestEndpoint, tag: reference}, nil
}
