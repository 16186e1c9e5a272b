package remote

import (
	"context"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// A LoginCheck is the answer of a registry to a login.
type LoginCheck struct {
	// Kind is the kind of login: none, basic, bearer. With none, the registry answers everybody, so that the login
	// was not checked.
	Kind string
	// IdentityToken replaces the password, if the token server gives one.
	IdentityToken string
}

// CheckLogin checks a credential as docker login does: it asks for the API of the registry, and for a token without
// rights, because no repository need exist. The repository says which credential is checked; it has to be among those
// of [NewSession]. The error is not nil if the registry does not accept the credential.
func (s *Session) CheckLogin(ctx context.Context, repository name.Repository) (LoginCheck, error) {
	r, err := s.Open(ctx, repository)
	if err != nil {
		return LoginCheck{}, err
	}
	c := r.client
	c.apart, c.wantsIdentity = true, true // of a request without scopes
	resp, raw, err := c.read(ctx, request{method: http.MethodGet, path: "/v2/", header: http.Header{}}, refusal.MaxErrorBody)
	if err != nil {
		return LoginCheck{}, err
	}
	if refusal.IsHTML(resp.Header, raw) {
		return LoginCheck{}, registry.Errorf(registry.ErrUnverified, "%s answers with a web page: the server is no registry, or a proxy is in the way", repository.Registry)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return LoginCheck{Kind: kindOfLogin(c.method), IdentityToken: c.identity}, nil
}
