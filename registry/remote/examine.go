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

// An Examination is what reading alone tells of a repository and of what we may do there.
type Examination struct {
	Scheme         string // http or https
	Login          string // how the registry knows us: none, basic, bearer
	Realm, Service string // of its token server
	Pull, Push     Grant  // what that grants

	Image     v1.Descriptor // behind the reference
	Read      error         // why it cannot be read
	Tags      error         // why tags cannot be listed
	Referrers error         // why referrers cannot be; ErrNotFound where the registry has no API for that
}

// LockedOut tells that the registry wants another login than what there is, for whatever we do.
func (e Examination) LockedOut() bool {
	login, denied := LoginOf(e.Read)
	return denied && !login.Known
}

// A Grant is what a token server answers when it is asked for a right.
type Grant struct {
	Asked   bool
	Err     error    // it gives no token
	Actions []string // that the token allows for the repository
	Told    bool     // it says which; a token that nobody but the registry can read does not
}

// Allows tells whether an action is known to be granted.
func (g Grant) Allows(action string) bool {
	for _, a := range g.Actions {
		if a == action || a == "*" {
			return true
		}
	}
	return false
}

// Examine finds out how a registry lets us in, in the way in which a push would, but only reads: no
// upload is opened. The repository has to be among those of [NewSession], and not be pushed to. An
// error is one that leaves nothing to be said.
func (s *Session) Examine(ctx context.Context, repository name.Repository, ref registry.Ref) (Examination, error) {
	r, err := s.Open(ctx, repository)
	if err != nil {
		return Examination{}, err
	}
	var e Examination
	e.Image, e.Read = r.Describe(ctx, ref)
	e.Scheme = *r.client.host.scheme.Load()
	switch {
	case e.LockedOut(): // to try a wrong password once more may lock an account
		e.Tags, e.Referrers = e.Read, e.Read
	case e.Read == nil, errors.Is(e.Read, registry.ErrDenied), errors.Is(e.Read, registry.ErrNotFound):
		e.Tags = r.look(ctx, "/tags/list?n=1", "")
		e.Referrers = r.referrers(ctx, e.Image.Digest)
	default:
		return e, e.Read
	}
	if err := r.client.explain(ctx, &e, repository); err != nil {
		return e, err
	}
	return e, ctx.Err()
}

// look asks for something, and for nothing but whether it can be had.
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
		return registry.Errorf(registry.ErrNotFound, "%s: it answers with something else", r.client.host.name(req))
	}
	return nil
}

// referrers asks for those of a manifest, or of one that is not there, which has none
// (distribution-spec, "Listing Referrers").
func (r *Repository) referrers(ctx context.Context, subject v1.Hash) error {
	if subject == (v1.Hash{}) {
		subject = registry.DigestOf(nil)
	}
	return r.look(ctx, "/referrers/"+subject.String(), types.OCIImageIndex)
}

// explain adds how the registry knows us, and asks its token server for the rights.
func (c *client) explain(ctx context.Context, e *Examination, repository name.Repository) error {
	leave, err := c.lockLogin(ctx)
	if err != nil {
		return err
	}
	defer leave()
	e.Login = cmp.Or(c.method, "none")
	if e.Login != "bearer" {
		return nil
	}
	e.Service = c.challenge.params["service"]
	if realm, err := url.Parse(c.challenge.params["realm"]); err == nil && realm.Host != "" {
		e.Realm = redact(realm)
	}
	if !e.LockedOut() {
		e.Pull = c.grant(ctx, repository, transport.PullScope)
		e.Push = c.grant(ctx, repository, transport.PushScope)
	}
	return nil
}

// grant asks for a token of its own, to see what comes.
func (c *client) grant(ctx context.Context, repository name.Repository, action string) Grant {
	scope := repository.Scope(action)
	if c.tokens[scope].expired() {
		if err := c.fetchToken(ctx, scope); err != nil {
			return Grant{Asked: true, Err: err}
		}
	}
	g := Grant{Asked: true}
	g.Actions, g.Told = c.tokens[scope].actions(repository.RepositoryStr())
	return g
}
