package registrytest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// listTags lists the tags of a repository that has a manifest, in pages if the client wants that
// (spec, "Listing Tags").
func (g *Registry) listTags(w http.ResponseWriter, r *http.Request, c call) error {
	g.store.mu.RLock()
	repository := g.store.repository(c.name)
	tags, known := repository.sortedTags(), len(repository.manifests) > 0
	g.store.mu.RUnlock()
	if !known {
		return errNameUnknown.about(map[string]string{"name": c.name})
	}
	query := r.URL.Query()
	tags = slices.DeleteFunc(tags, func(tag string) bool { return tag <= query.Get("last") })
	n := len(tags)
	if g.options.PageSize > 0 {
		n = min(n, g.options.PageSize)
	}
	if query.Has("n") {
		wanted, err := strconv.Atoi(query.Get("n"))
		if err != nil || wanted < 0 {
			return errPaginationInvalid.about(query.Get("n"))
		}
		n = min(n, wanted)
	}
	if n < len(tags) {
		tags = tags[:n]
		linkNext(w, c.name, tags)
	}
	writeJSON(w, http.StatusOK, map[string]any{"name": c.name, "tags": tags})
	return nil
}

// linkNext says where the list goes on. There is no link after a page of none (spec, "Listing Tags").
func linkNext(w http.ResponseWriter, name string, page []string) {
	if len(page) == 0 {
		return
	}
	query := url.Values{"n": {strconv.Itoa(len(page))}, "last": {page[len(page)-1]}}
	w.Header().Set("Link", "</v2/"+name+"/tags/list?"+query.Encode()+`>; rel="next"`)
}
