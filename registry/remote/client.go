package remote

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
)

// A client is one registry server and one credential.
type client struct {
	host       *host
	credential Credential

	probed  atomic.Bool // an answer showed how the registry authorizes requests
	refused failures    // first requests without a login: the registry or its token server gives none for the credential

	mu        sync.Mutex              // guards the fields below
	method    string                  // basic or bearer; empty before the first challenge
	basic     string                  // the Authorization header of method basic
	challenge *challenge              // the last challenge of method bearer
	groups    *tokenGroups            // of the repositories; nil before the first token
	apart     bool                    // each request needs a token for its own repositories
	tokens    map[string]*tokenHolder // by scopes

	refreshing parallel.Gate // guards refresh; held during a request with a refresh token
	refresh    string        // the newest refresh token of the token server; may be empty

	wantsIdentity bool   // ask the token server for an identity token
	identity      string // that identity token; may be empty. Guarded by mu
}

func newClient(h *host, credential Credential) *client {
	h.mask.add(credential.Username, credential.Password, credential.IdentityToken, credential.RegistryToken, credential.Auth)
	return &client{host: h, credential: credential, refreshing: parallel.NewGate(), tokens: map[string]*tokenHolder{}}
}

// do sends a request, logs in if the registry asks for a login, and repeats the request after a failure that may
// pass. An answer whose status is not in want is an error.
func (c *client) do(ctx context.Context, r request, want ...int) (*http.Response, error) {
	var resp *http.Response
	limit := tryTime
	if r.commits {
		limit = 0
	}
	err := c.host.retryFor(ctx, r.tries, limit, func(ctx context.Context) (err error) {
		resp, err = c.once(ctx, r, want...)
		return err
	})
	return resp, err
}

// once is do without repetition after a failure.
func (c *client) once(ctx context.Context, r request, want ...int) (*http.Response, error) {
	resp, err := c.sendAuthorized(ctx, r)
	if err == nil && c.staleLink(resp) {
		drain(resp)
		resp, err = c.sendAuthorized(ctx, r)
	}
	if err != nil {
		return nil, transportError(r, c.host, err)
	}
	if slices.Contains(want, resp.StatusCode) {
		c.host.slots.ResetRests()
		return resp, nil
	}
	defer resp.Body.Close()
	answer := c.responseError(r, resp)
	if c.staleLink(resp) {
		return nil, stopTrying{answer}
	}
	if answer.Status != http.StatusTooManyRequests || !c.host.owns(resp.Request.URL) {
		c.host.slots.ResetRests()
	} else if answer.RetryAfter <= MaxWait && c.host.slots.SlowDown(max(answer.RetryAfter, c.host.options.Backoff)) > maxTries {
		return nil, stopTrying{answer}
	}
	return nil, answer
}

// staleLink reports whether another host refuses a link of the registry, which may have expired. The registry then
// returns a new link.
func (c *client) staleLink(resp *http.Response) bool {
	if c.host.owns(resp.Request.URL) || resp.Request.Method != http.MethodGet && resp.Request.Method != http.MethodHead {
		return false
	}
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusGone:
		return true
	}
	return false
}
