package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
)

// A client is one registry server and one credential.
type client struct {
	host       *host
	credential Credential
	scopes     []string // of all repositories that share the credential

	tokenFailure    atomic.Pointer[error] // why the last token could not be had
	probed          atomic.Bool           // whether an answer has told how to be let in
	loginGate       parallel.Gate         // of what follows, held while a token is fetched
	method          string                // basic or bearer, what the registry asks for; empty as long as it asks for nothing
	basic           string                // the header, where the registry wants that
	challenge       *challenge            // where it wants a token
	tokenPerRequest bool                  // the registry gives no token for all repositories: one for each request's own
	tokens          map[string]token      // by scopes
	refresh         string                // the newest identity token, where the token server has given one
}

func newClient(h *host, credential Credential) *client {
	h.mask.add(credential.Username, credential.Password, credential.IdentityToken, credential.RegistryToken, credential.Auth)
	return &client{host: h, credential: credential, loginGate: parallel.NewGate(), tokens: map[string]token{}}
}

// do sends a request, is let in by the registry if need be, and tries again what is worth it.
// An answer whose status is not among want is an error.
func (c *client) do(ctx context.Context, r request, want ...int) (*http.Response, error) {
	var resp *http.Response
	limit := tryTime
	if r.commits {
		limit = 0
	}
	err := c.host.retryFor(ctx, r.tries, limit, func() (err error) {
		resp, err = c.once(ctx, r, want...)
		return err
	})
	return resp, err
}

// once is do without another try.
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
		c.host.slots.resetRests()
		return resp, nil
	}
	defer resp.Body.Close()
	answer := c.responseError(r, resp)
	if c.staleLink(resp) {
		return nil, stopTrying{answer}
	}
	if answer.Status != http.StatusTooManyRequests || !c.host.owns(resp.Request.URL) {
		c.host.slots.resetRests()
	} else if answer.RetryAfter <= MaxWait && c.host.slots.slowDown(max(answer.RetryAfter, c.host.options.Backoff)) > maxTries {
		return nil, stopTrying{answer}
	}
	return nil, answer
}

// staleLink tells that a server to which the registry sent us does not take the link, which may have expired on
// the way. The registry gives a new one.
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

// read sends a request for something small, and reads all of it. What breaks off on the way is asked
// for again.
func (c *client) read(ctx context.Context, r request, limit int64) (*http.Response, []byte, error) {
	return c.readAnd(ctx, r, limit, func(*http.Response, []byte) error { return nil })
}

// largeDocument is the size from which few documents are read and decoded at once, so that their memory has a
// bound for the whole run.
const (
	largeDocument = 256 << 10
	largeAtOnce   = 3
)

// readAnd is read, and uses what came before the next large document is read. An error of use is final, unless
// its class is worth another try.
func (c *client) readAnd(ctx context.Context, r request, limit int64, use func(*http.Response, []byte) error) (*http.Response, []byte, error) {
	var resp *http.Response
	var raw []byte
	r.document = true
	err := c.host.retryFor(ctx, r.tries, tryTime, func() (err error) {
		if resp, err = c.once(ctx, r, http.StatusOK); err != nil {
			return err
		}
		defer resp.Body.Close()
		var done func()
		raw, done, err = c.readBody(ctx, resp, limit)
		defer done()
		if err != nil {
			return transportError(r, c.host, err)
		}
		return use(resp, raw)
	})
	return resp, raw, err
}

// readBody reads a body. The rest of a large one waits until few others are read. Afterwards it has to be done.
func (c *client) readBody(ctx context.Context, resp *http.Response, limit int64) (raw []byte, done func(), err error) {
	b := bytes.NewBuffer(make([]byte, 0, min(max(resp.ContentLength, 0), largeDocument)+bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(resp.Body, min(largeDocument, limit))); err != nil || b.Len() < largeDocument {
		return b.Bytes(), func() {}, err
	}
	select {
	case c.host.options.large <- struct{}{}:
		done = func() { <-c.host.options.large }
	case <-ctx.Done():
		return nil, func() {}, ctx.Err()
	}
	b.Grow(int(max(min(resp.ContentLength, limit)-largeDocument, 0)) + bytes.MinRead)
	_, err = b.ReadFrom(io.LimitReader(resp.Body, limit-largeDocument))
	return b.Bytes(), done, err
}

// maxRefusals is how many 401s a request may get before that is its answer.
const maxRefusals = 3

// let sends a request with what the registry wants to see, and answers its 401s as long as there
// is something new to answer with. A 401 from where the registry sent us is final: the credential
// is not for them.
func (c *client) sendAuthorized(ctx context.Context, r request) (*http.Response, error) {
	for refusals := 1; ; refusals++ {
		resp, used, err := c.attempt(ctx, r)
		if err != nil || !c.challenged(resp) || refusals > maxRefusals {
			return resp, err
		}
		again, err := c.answerChallenge(ctx, r, resp.Header, used, refusals)
		if err == nil && !again {
			return resp, nil
		}
		drain(resp)
		if err != nil {
			return nil, err
		}
	}
}

// refused tells whether the registry itself wants to see something else.
func (c *client) challenged(resp *http.Response) bool {
	return resp.StatusCode == http.StatusUnauthorized && c.host.owns(resp.Request.URL)
}

// attempt sends a request with what is known of the registry, or makes itself known first.
func (c *client) attempt(ctx context.Context, r request) (*http.Response, sentLogin, error) {
	if !c.probed.Load() {
		if resp, err := c.probe(ctx, r); resp != nil || err != nil {
			return resp, sentLogin{}, err
		}
	}
	return c.exchangeAuthorized(ctx, r)
}

// meet is for a request to a registry of which nothing is known. One goes alone and the others wait
// for what it learns; where it learns that there is no answer, they share that, and in the end the
// number of tries. Where it has to be sent again there is no response.
func (c *client) probe(ctx context.Context, r request) (*http.Response, error) {
	if r.slotted || c.assumeAnonymous() { // who holds slots may not wait for somebody who needs one
		return c.firstRequest(ctx, r)
	}
	before, _ := c.host.probeFailures()
	if err := c.host.probing.Enter(ctx); err != nil {
		return nil, err
	}
	defer c.host.probing.Leave()
	if c.probed.Load() {
		return nil, nil
	}
	if now, err := c.host.probeFailures(); now != before || now >= maxTries {
		return nil, err
	}
	return c.firstRequest(ctx, r)
}

// openHouse tells that a registry will hardly want to know who we are: it speaks plain http, and
// there is no credential for it. Nobody waits for a challenge there.
func (c *client) assumeAnonymous() bool {
	return c.host.settled.Load() && *c.host.scheme.Load() == "http" && c.anonymous()
}

// anonymous tells that there is nothing to show to the registry.
func (c *client) anonymous() bool { return c.credential.AuthConfig == authn.AuthConfig{} }

// introduce sends a request, and finds out what the registry wants to see with it.
func (c *client) firstRequest(ctx context.Context, r request) (*http.Response, error) {
	resp, err := c.host.negotiateScheme(ctx, r)
	if err != nil {
		if ctx.Err() == nil {
			c.host.probeFailed(err)
		}
		return nil, err
	}
	if !c.challenged(resp) {
		c.host.probeSucceeded()
		c.probed.Store(true)
		return resp, nil
	}
	again, err := c.answerChallenge(ctx, r, resp.Header, sentLogin{}, 0)
	if err == nil && !again {
		return resp, nil
	}
	drain(resp)
	if err == nil {
		c.host.probeSucceeded()
		c.probed.Store(true)
	} else if ctx.Err() == nil {
		c.host.probeFailed(err)
	}
	return nil, err
}

// used is the authorization that a request was sent with.
type sentLogin struct {
	header string
	scopes string // of the token
	issue  int    // how many tokens were had under that key
}

func (c *client) exchangeAuthorized(ctx context.Context, r request) (*http.Response, sentLogin, error) {
	u, err := c.authorization(ctx, r)
	if err != nil {
		return nil, u, err
	}
	resp, err := c.host.exchange(ctx, r, u.header)
	return resp, u, err
}

// authorization is what is sent along: nothing, a password, or a token that is still good.
func (c *client) authorization(ctx context.Context, r request) (sentLogin, error) {
	leave, err := c.lockLogin(ctx)
	if err != nil {
		return sentLogin{}, err
	}
	defer leave()
	if c.challenge == nil {
		return sentLogin{header: c.basic}, nil
	}
	if c.tokens[c.tokenScopes(r)].expired() {
		if err := c.obtainToken(ctx, r); err != nil {
			return sentLogin{}, err
		}
	}
	key := c.tokenScopes(r)
	t := c.tokens[key]
	return sentLogin{header: "Bearer " + t.secret, scopes: key, issue: t.issue}, nil
}

// enter waits for its turn at what the requests of a client share. Who waited while a token could not
// be had shares that failure.
func (c *client) lockLogin(ctx context.Context) (leave func(), err error) {
	before := c.tokenFailure.Load()
	if err := c.loginGate.Enter(ctx); err != nil {
		return nil, err
	}
	if now := c.tokenFailure.Load(); now != before && now != nil {
		c.loginGate.Leave()
		return nil, *now
	}
	return c.loginGate.Leave, nil
}

// obtain gets a token for a request: for all repositories, or where that is refused, for its own.
func (c *client) obtainToken(ctx context.Context, r request) error {
	err := c.fetchToken(ctx, c.tokenScopes(r))
	if own := strings.Join(r.scopes, " "); errors.Is(err, registry.ErrDenied) && !c.tokenPerRequest && c.tokenScopes(r) != own {
		c.tokenPerRequest = true
		err = c.fetchToken(ctx, own)
	}
	c.tokenFailure.Store(nil)
	if err != nil && ctx.Err() == nil {
		c.tokenFailure.Store(&err)
	}
	return err
}

// key is the scopes that a token for the request is asked with.
func (c *client) tokenScopes(r request) string {
	if c.tokenPerRequest {
		return strings.Join(r.scopes, " ")
	}
	return strings.Join(c.scopes, " ")
}

// renew takes what can be had for a challenge, and tells whether a new try makes sense. Several
// requests may find at once that their token is no longer good: the first gets a new one for all.
// A registry that refuses the new one too may not know tokens for several repositories: then each
// request asks for its own.
func (c *client) answerChallenge(ctx context.Context, r request, answer http.Header, was sentLogin, refusals int) (bool, error) {
	leave, err := c.lockLogin(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	asked := challengeOf(answer)
	if asked.scheme == "" && c.challenge != nil {
		asked = *c.challenge // an answer that does not repeat the challenge
	}
	if asked.scheme != "bearer" {
		if asked.scheme != "" {
			c.method = "basic"
		}
		header, err := c.basicHeader(asked)
		again := err == nil && header != "" && header != was.header
		if again {
			c.basic, c.challenge = header, nil
		}
		return again, err
	}
	c.method, c.challenge = "bearer", &asked
	if refusals == 2 || refusals == 1 && asked.params["error"] == "insufficient_scope" {
		c.tokenPerRequest = true
	}
	key := c.tokenScopes(r)
	switch t := c.tokens[key]; {
	case refusals > 1 && key == was.scopes:
		return false, nil // there is nothing more to ask for
	case !t.expired() && (key != was.scopes || t.issue > was.issue):
		return true, nil // somebody else was quicker
	}
	err = c.obtainToken(ctx, r)
	return err == nil, err
}
