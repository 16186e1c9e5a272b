package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

var (
	_ registry.TagLister      = (*Repository)(nil)
	_ registry.ReferrerLister = (*Repository)(nil)
	_ registry.ReferrerPutter = (*Repository)(nil)
)

const (
	maxPages     = 1000    // of a list
	maxTags      = 100_000 // of a repository
	maxReferrers = 1000    // of a manifest
)

// Tags lists the tags of the repository (distribution-spec, "Listing Tags").
func (r *Repository) Tags(ctx context.Context) ([]string, error) {
	var tags []string
	listed, known := 0, map[string]bool{}
	err := r.pages(ctx, r.request(http.MethodGet, "/tags/list"), func(_ http.Header, raw []byte) error {
		var page struct {
			Tags []string `json:"tags"`
		}
		if err := json.Unmarshal(raw, &page); err != nil {
			return registry.Errorf(registry.ErrUnverified, "what came is no list of tags")
		}
		if listed += len(page.Tags); listed > maxTags {
			return registry.Errorf(registry.ErrUnverified, "more than %d tags", maxTags)
		}
		for _, tag := range page.Tags {
			if err := (registry.Ref{Tag: tag}).Check(); err != nil {
				return registry.Errorf(registry.ErrUnverified, "what came is no list of tags: %v", err)
			}
			if !known[tag] {
				tags = append(tags, tag)
			}
			known[tag] = true
		}
		return nil
	})
	return tags, err
}

// Referrers lists what refers to a manifest (distribution-spec, "Listing Referrers"). A registry that does
// not know the question answers 404, some say it in other words, and some with a page that is about something else.
func (r *Repository) Referrers(ctx context.Context, subject v1.Hash) ([]v1.Descriptor, error) {
	req := r.request(http.MethodGet, "/referrers/"+subject.String())
	req.header.Set("Accept", string(types.OCIImageIndex))
	var referrers []v1.Descriptor
	first := true
	err := r.pages(ctx, req, func(h http.Header, raw []byte) error {
		if !isOfType(h, types.OCIImageIndex) {
			if first {
				return registry.Errorf(registry.ErrNotFound, "it answers with something else")
			}
			return registry.Errorf(registry.ErrUnverified, "the list goes on with something else")
		}
		first = false
		m, err := registry.Identify(string(types.OCIImageIndex), raw)
		if err != nil {
			return err
		}
		var page struct {
			Manifests []v1.Descriptor `json:"manifests"`
		}
		if err := json.Unmarshal(m.Bytes, &page); err != nil {
			return registry.Errorf(registry.ErrUnverified, "what came is no list of referrers")
		}
		if referrers = append(referrers, page.Manifests...); len(referrers) > maxReferrers {
			return registry.Errorf(registry.ErrUnverified, "more than %d referrers", maxReferrers)
		}
		return nil
	})
	if unknownQuestion(err) {
		return nil, registry.Errorf(registry.ErrNotFound, "%w", err)
	}
	return referrers, err
}

// isOfType tells whether an answer says that it is of a type.
func isOfType(h http.Header, mediaType types.MediaType) bool {
	got, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(got), string(mediaType))
}

// unknownQuestion tells that a registry does not know what it was asked.
func unknownQuestion(err error) bool {
	var answer *ResponseError
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	}
	return answer.Has("UNSUPPORTED") || answer.Unasked
}

// pages reads a list page by page, as long as each names the next one.
func (r *Repository) pages(ctx context.Context, req request, page func(h http.Header, raw []byte) error) error {
	for range maxPages {
		resp, raw, err := r.client.read(ctx, req, registry.MaxManifest+1)
		if err != nil {
			return err
		}
		at := redact(resp.Request.URL)
		if len(raw) > registry.MaxManifest {
			return registry.Errorf(registry.ErrUnverified, "GET %s: a list of more than %d MiB", at, registry.MaxManifest>>20)
		}
		if err := page(resp.Header, raw); err != nil {
			return fmt.Errorf("GET %s: %w", at, encoded(resp.Header, err))
		}
		link, ok := nextPage(resp.Header)
		if !ok {
			return nil
		}
		next, err := resp.Request.URL.Parse(link)
		elsewhere := registry.Errorf(registry.ErrUnverified, "the list goes on at another place than the registry: refused")
		switch {
		case err != nil:
			return fmt.Errorf("GET %s: %w", at, elsewhere)
		case !r.client.host.owns(next):
			return fmt.Errorf("GET %s: %w", at, r.client.host.misdirected("Link", next, elsewhere))
		}
		req.url = next
	}
	return registry.Errorf(registry.ErrUnverified, "%s: a list of more than %d pages", r.client.host.name(req), maxPages)
}

// nextPage is where a list goes on (RFC 8288: <URL>; rel="next").
func nextPage(h http.Header) (link string, ok bool) {
	for _, header := range h.Values("Link") {
		for rest := header; ; {
			_, after, found := strings.Cut(rest, "<")
			if !found {
				break
			}
			link, parameters, found := strings.Cut(after, ">")
			if !found {
				break
			}
			parameters, rest, _ = strings.Cut(parameters, ",")
			for parameter := range strings.SplitSeq(parameters, ";") {
				key, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
				if strings.EqualFold(key, "rel") && strings.Trim(value, `"`) == "next" {
					return link, true
				}
			}
		}
	}
	return "", false
}
