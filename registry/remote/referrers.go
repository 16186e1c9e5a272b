package remote

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

var (
	_ registry.ReferrerLister = (*Repository)(nil)
	_ registry.ReferrerPutter = (*Repository)(nil)
)

// maxReferrers is how many referrers a manifest may have.
const maxReferrers = 1000

// Referrers lists the referrers of a manifest (distribution-spec, "Listing Referrers"). It returns
// [registry.ErrNotFound] if the registry has no referrers API, in any form: an error, an answer that is not an
// index, or a redirect to another host without a list. The redirect also leads to a warning, because the host may be
// out of order.
func (r *Repository) Referrers(ctx context.Context, subject v1.Hash) ([]v1.Descriptor, error) {
	req := r.request(http.MethodGet, "/referrers/"+subject.String())
	req.header.Set("Accept", string(types.OCIImageIndex))
	var list referrersPages
	err := r.pages(ctx, req, r.readReferrers, list.add)
	var elsewhere *elsewhereError
	switch {
	case err == nil:
		return list.referrers, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &elsewhere) && list.first():
		r.client.host.warnOnce("referrers "+elsewhere.to, elsewhere.Error()+": reading the referrers tag instead")
		return nil, registry.Errorf(registry.ErrNotFound, "%w", err)
	case unknownQuestion(err) && list.first():
		return nil, registry.Errorf(registry.ErrNotFound, "%w", err)
	}
	return nil, err
}

// referrersPages are the pages of a list of referrers.
type referrersPages struct {
	pages     int
	referrers []v1.Descriptor
}

func (l *referrersPages) first() bool { return l.pages == 0 }

// add adds the next page.
func (l *referrersPages) add(h http.Header, raw []byte) error {
	if !isOfType(h, types.OCIImageIndex) {
		if l.first() {
			return registry.Errorf(registry.ErrNotFound, "the answer is not an index")
		}
		return registry.Errorf(registry.ErrUnverified, "a further page of the list is not an index")
	}
	l.pages++
	m, err := registry.Identify(string(types.OCIImageIndex), raw)
	if err != nil {
		return err
	}
	var page struct {
		Manifests []v1.Descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(m.Bytes, &page); err != nil {
		return registry.Errorf(registry.ErrUnverified, "the answer is not a list of referrers")
	}
	if l.referrers = append(l.referrers, page.Manifests...); len(l.referrers) > maxReferrers {
		return registry.Errorf(registry.ErrUnverified, "the manifest has more than %d referrers, which is the limit", maxReferrers)
	}
	return nil
}

// readReferrers reads one page. An answer of another host is final, because its errors do not concern the registry.
func (r *Repository) readReferrers(ctx context.Context, req request, limit int64) (resp *http.Response, raw []byte, err error) {
	req.tries = 1
	err = r.client.host.retry(ctx, 0, func(ctx context.Context) error {
		var met trail
		req.onResponse = met.add
		resp, raw, err = r.client.read(ctx, req, limit)
		away := met.otherHost(r.client.host)
		switch {
		case away != "" && (err != nil || !isOfType(resp.Header, types.OCIImageIndex)):
			return stopTrying{&elsewhereError{from: r.client.host.name(req), to: away, err: err}}
		case err != nil && met.unchallenged():
			return registry.Errorf(registry.ErrNotFound, "%w", err)
		}
		return err
	})
	return resp, raw, err
}

// isOfType reports whether an answer declares a media type.
func isOfType(h http.Header, mediaType types.MediaType) bool {
	got, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(got), string(mediaType))
}

// unknownQuestion reports whether a registry does not know the API.
func unknownQuestion(err error) bool {
	var answer *ResponseError
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	}
	return answer.Has("UNSUPPORTED")
}

// warnOnce warns once for each key.
func (h *host) warnOnce(what, text string) {
	if _, again := h.warned.LoadOrStore(what, true); !again {
		h.options.warn(text)
	}
}
