package remote

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// An Examination is the result of reads that show how a registry authorizes requests to a repository.
type Examination struct {
	Scheme         string // http or https
	Login          string // the kind of login: none, basic, bearer
	Realm, Service string // of the token server
	Pull, Push     Grant  // the answers of the token server

	Image     v1.Descriptor // of the reference
	Read      error         // error of the read
	Tags      error         // error of the list of tags
	Referrers error         // error of the list of referrers; ErrNotFound if the registry has no API for them
}

// LockedOut reports whether the registry refuses the credential, or needs one.
func (e Examination) LockedOut() bool {
	login, denied := LoginOf(e.Read)
	return denied && !login.Known
}

// A Grant is the answer of a token server to the request for a right.
type Grant struct {
	Asked   bool
	Err     error    // no token was issued
	Actions []string // the actions that the token allows on the repository
	Told    bool     // the actions are known; an opaque token does not show them
}

// Allows reports whether an action is known to be granted.
func (g Grant) Allows(action string) bool {
	for _, a := range g.Actions {
		if a == action || a == "*" {
			return true
		}
	}
	return false
}

// Examine shows how a registry authorizes a push, without a write: it opens no upload. The repository has to be
// among those of [NewSession] with Push not set. The error is not nil if the registry did not answer.
func (s *Session) Examine(ctx context.Context, repository name.Repository, ref registry.Ref) (Examination, error) {
	r, err := s.Open(ctx, repository)
	if err != nil {
		return Examination{}, err
	}
	var e Examination
	e.Image, e.Read = r.Describe(ctx, ref)
	e.Scheme = *r.client.host.scheme.Load()
	switch {
	case e.LockedOut(): // another try with a wrong password may lock the account
		e.Tags, e.Referrers = e.Read, e.Read
	case e.Read == nil, errors.Is(e.Read, registry.ErrDenied), errors.Is(e.Read, registry.ErrNotFound):
		e.Tags = r.look(ctx, "/tags/list?n=1", "")
		e.Referrers = r.referrers(ctx, e.Image.Digest)
	default:
		return e, e.Read
	}
	r.client.explain(ctx, &e, repository)
	return e, ctx.Err()
}

// look checks that a document can be read.
func (r *Repository) look(ctx context.Context, path string, mediaType types.MediaType) error {
	req := r.request(http.MethodGet, path)
	if mediaType != "" {
		req.header.Set("Accept", string(mediaType))
	}
	resp, _, err := r.client.read(ctx, req, registry.MaxManifest)
	if err != nil {
		return err
	}
	if mediaType != "" && !isOfType(resp.Header, mediaType) {
		return registry.Errorf(registry.ErrNotFound, "%s: the server is not a registry", r.client.host.name(req))
	}
	return nil
}

// referrers checks the list of referrers of a manifest. A manifest that does not exist has an empty list
// (distribution-spec, "Listing Referrers").
func (r *Repository) referrers(ctx context.Context, subject v1.Hash) error {
	if subject == (v1.Hash{}) {
		subject = registry.DigestOf(nil)
	}
	return r.look(ctx, "/referrers/"+subject.String(), types.OCIImageIndex)
}

// explain adds the kind of login, and requests tokens for the rights.
func (c *client) explain(ctx context.Context, e *Examination, repository name.Repository) {
	c.mu.Lock()
	method, asked := c.method, c.challenge
	c.mu.Unlock()
	if e.Login = kindOfLogin(method); e.Login != "bearer" {
		return
	}
	e.Service = asked.params["service"]
	if realm, err := url.Parse(asked.params["realm"]); err == nil && realm.Host != "" {
		e.Realm = redact(realm)
	}
	if !e.LockedOut() {
		e.Pull = c.grant(ctx, asked, repository, transport.PullScope)
		e.Push = c.grant(ctx, asked, repository, transport.PushScope)
	}
}

// kindOfLogin names the kind of login that a registry asks for.
func kindOfLogin(method string) string { return cmp.Or(method, "none") }

// grant requests a token for one action.
func (c *client) grant(ctx context.Context, asked *challenge, repository name.Repository, action string) Grant {
	scope := repository.Scope(action)
	t, err := c.holder(scope).get(ctx, 0, func() (token, error) { return c.fetchToken(ctx, asked, scope) })
	if err != nil {
		return Grant{Asked: true, Err: err}
	}
	g := Grant{Asked: true}
	g.Actions, g.Told = t.actions(repository.RepositoryStr())
	return g
}
