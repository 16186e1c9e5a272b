package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

var _ registry.TagLister = (*Repository)(nil)

const (
	maxPages = 1000    // per list
	maxTags  = 100_000 // per repository

	// maxTagValues is how many JSON values one page of a list of tags may hold. Some registries add the manifests of
	// the repository to the tags, with eight values or so for each.
	maxTagValues = 4 * maxTags
)

// Tags lists the tags of the repository (distribution-spec, "Listing Tags"). Some registries also list names that
// are not valid tags, such as digests. Tags leaves these out with a warning, because no request can use them.
func (r *Repository) Tags(ctx context.Context) ([]string, error) {
	var tags, wrong []string
	listed, known := 0, map[string]bool{}
	err := r.pages(ctx, r.request(http.MethodGet, "/tags/list"), r.client.read, func(_ http.Header, raw []byte) error {
		page, err := decodeTags(raw)
		if err != nil {
			return err
		}
		if listed += len(page); listed > maxTags {
			return registry.Errorf(registry.ErrUnverified, "the repository has more than %d tags, which is the limit", maxTags)
		}
		for _, tag := range page {
			switch {
			case known[tag]:
			case registry.Ref{Tag: tag}.Check() != nil:
				wrong = append(wrong, tag)
			default:
				tags = append(tags, tag)
			}
			known[tag] = true
		}
		return nil
	})
	if err == nil && len(wrong) > 0 {
		err = r.leaveOut(wrong, len(tags))
	}
	return tags, err
}

// decodeTags decodes one page of a list of tags. A page of more than maxTagValues values is refused before it is
// decoded, as the decoding takes much more memory than the bytes of the page.
func decodeTags(raw []byte) ([]string, error) {
	if err := rawjson.CheckBounds(raw, maxTagValues); err != nil {
		return nil, registry.Errorf(registry.ErrUnverified, "invalid list of tags: %w", err)
	}
	var page struct {
		Tags []string `json:"tags"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return nil, registry.Errorf(registry.ErrUnverified, "the answer is not a list of tags")
	}
	return page.Tags, nil
}

// leaveOut warns of invalid tags in a list. A list without a valid tag is an error.
func (r *Repository) leaveOut(wrong []string, tags int) error {
	text, are := fmt.Sprintf("%q", refusal.Shorten(wrong[0])), "which is not a valid tag"
	if more := len(wrong) - 1; more > 0 {
		text, are = text+fmt.Sprintf(" and %d more", more), "which are not valid tags"
	}
	if tags == 0 {
		return registry.Errorf(registry.ErrUnverified, "the answer is not a list of tags: it contains %s", text)
	}
	r.client.host.options.warn(r.name.Name() + ": the list of tags contains " + text + ", " + are + ": skipped")
	return nil
}

// A pageReader sends the request for one page of a list.
type pageReader func(ctx context.Context, req request, limit int64) (*http.Response, []byte, error)

// pages reads a list page by page until a page has no link to the next.
func (r *Repository) pages(ctx context.Context, req request, read pageReader, page func(h http.Header, raw []byte) error) error {
	for range maxPages {
		resp, raw, err := read(ctx, req, registry.MaxManifest+1)
		if err != nil {
			return err
		}
		at := redact(resp.Request.URL)
		if len(raw) > registry.MaxManifest {
			return registry.Errorf(registry.ErrUnverified, "GET %s: the list is larger than the limit of %d MiB", at, registry.MaxManifest>>20)
		}
		if err := page(resp.Header, raw); err != nil {
			return fmt.Errorf("GET %s: %w", at, encoded(resp.Header, err))
		}
		link, ok := nextPage(resp.Header)
		if !ok {
			return nil
		}
		next, err := resp.Request.URL.Parse(link)
		elsewhere := registry.Errorf(registry.ErrUnverified, "the next page of the list is not on the registry")
		switch {
		case err != nil:
			return fmt.Errorf("GET %s: %w", at, elsewhere)
		case !r.client.host.owns(next):
			return fmt.Errorf("GET %s: %w", at, r.client.host.misdirected("Link", next, elsewhere))
		}
		req.url = next
	}
	return registry.Errorf(registry.ErrUnverified, "%s: the list has more than %d pages, which is the limit", r.client.host.name(req), maxPages)
}

// nextPage returns the link to the next page (RFC 8288: <URL>; rel="next").
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

// maxFirstTags is how many bytes FirstTags reads.
const maxFirstTags = 1 << 20

// FirstTags sends a single request for the tags of the repository. It reports whether there are more. It leaves out
// names that are no valid tags.
func (r *Repository) FirstTags(ctx context.Context) (tags []string, more bool, err error) {
	req := r.request(http.MethodGet, "/tags/list?n=1000")
	req.tries = 1
	resp, raw, err := r.client.read(ctx, req, maxFirstTags+1)
	switch {
	case err != nil:
		return nil, false, err
	case len(raw) > maxFirstTags:
		return nil, false, registry.Errorf(registry.ErrUnverified, "%s: a list of more than %d KiB", r.client.host.name(req), maxFirstTags>>10)
	}
	tags, err = decodeTags(raw)
	tags = slices.DeleteFunc(tags, func(tag string) bool { return registry.Ref{Tag: tag}.Check() != nil })
	_, more = nextPage(resp.Header)
	return tags, more, err
}
