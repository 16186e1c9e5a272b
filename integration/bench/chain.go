package main

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A request is one that went through the proxy.
type request struct {
	method, path string
	query        string
	status       int
	start, end   time.Time
}

// chain are requests that waited for one another: taken in the order of their ends, each that starts
// at or after the end of the last one counted. Their number times the distance is the least a run can take.
func chain(requests []request) []request {
	byEnd := slices.SortedFunc(slices.Values(requests), func(a, b request) int { return a.end.Compare(b.end) })
	var links []request
	var last time.Time
	for _, r := range byEnd {
		if !r.start.Before(last) {
			links = append(links, r)
			last = r.end
		}
	}
	return links
}

// write reports whether a request changes something on a registry.
func (r request) write() bool {
	return r.method != http.MethodGet && r.method != http.MethodHead && !r.token()
}

// token reports whether a request asks for a token.
func (r request) token() bool { return r.path == tokenPath }

// kind is the request in a word.
func (r request) kind() string {
	switch {
	case r.token():
		return "token"
	case r.path == "/v2/":
		return "ping"
	case strings.Contains(r.path, "/blobs/uploads/") && r.method == http.MethodPost:
		if strings.Contains(r.query, "mount=") && r.status == http.StatusCreated {
			return "mount"
		}
		return "upload POST"
	case strings.Contains(r.path, "/blobs/uploads/"):
		return "upload " + r.method
	case strings.Contains(r.path, "/blobs/"):
		return "blob " + r.method
	case strings.Contains(r.path, "/manifests/"):
		return "manifest " + r.method
	case strings.HasSuffix(r.path, "/tags/list"):
		return "tag list"
	default:
		return "other"
	}
}

// kinds counts the requests of each kind, the most frequent first.
func kinds(requests []request) string {
	count := map[string]int{}
	for _, r := range requests {
		kind := r.kind()
		if r.status == http.StatusUnauthorized {
			kind += " 401"
		}
		count[kind]++
	}
	var words []string
	for kind := range count {
		words = append(words, kind)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(count[b]-count[a], strings.Compare(a, b)) })
	for i, kind := range words {
		words[i] = fmt.Sprintf("%d %s", count[kind], kind)
	}
	return strings.Join(words, ", ")
}
