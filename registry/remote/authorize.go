package remote

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
)

// maxRefusals is the number of 401 answers to which a request responds with a new login. The next one is final.
const maxRefusals = 3

// sendAuthorized sends a request with the login that the registry asks for. From the outside in, a request goes
// through do, once, sendAuthorized and attempt. The steps of a login are:
//
//	state              answer                   next step
//	not probed         no 401                   firstRequest sets probed; the answer is the result
//	not probed         401                      answerChallenge, set probed, send again
//	not probed         (another request probes) probe waits, and shares a failure
//	probed             no 401                   the answer is the result
//	probed             first 401                answerChallenge with a new token for all repositories, send again
//	probed             second 401, or           answerChallenge with a token for the repositories of this
//	                   insufficient_scope       request, send again
//	probed             401, nothing new to send the answer is the result
//	any                401 of another host      the answer is the result: the login is for the registry only
//
// answerChallenge reads the challenge. For Basic it sets the header. For Bearer it calls obtainToken, which calls
// fetchToken once, or twice if the token server refuses a token for all repositories.
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
		if r.slotted { // its slot is for one request
			c.host.slots.Count(c.host.kind(r))
		}
	}
}

// challenged reports whether the registry itself asks for a login.
func (c *client) challenged(resp *http.Response) bool {
	return resp.StatusCode == http.StatusUnauthorized && c.host.owns(resp.Request.URL)
}

// attempt sends a request with the known login, or probes the registry first.
func (c *client) attempt(ctx context.Context, r request) (*http.Response, sentLogin, error) {
	if !c.probed.Load() {
		if resp, err := c.probe(ctx, r); resp != nil || err != nil {
			return resp, sentLogin{}, err
		}
	}
	return c.exchangeAuthorized(ctx, r)
}

// A sentLogin is the authorization of a request that was sent.
type sentLogin struct {
	header string
	scopes string    // of the token; the key in client.tokens
	issue  int       // see token.issue
	until  time.Time // when the token expires; zero without a token
}

// exchangeAuthorized sends a request once with the known login.
func (c *client) exchangeAuthorized(ctx context.Context, r request) (*http.Response, sentLogin, error) {
	u, err := c.authorization(ctx, r)
	if err != nil {
		return nil, u, err
	}
	resp, err := c.host.exchange(ctx, r, func() (string, error) {
		if u.until.IsZero() || time.Now().Before(u.until) {
			return u.header, nil
		}
		var err error
		u, err = c.authorization(ctx, r) // the token expired during the wait for a slot
		return u.header, err
	})
	return resp, u, err
}

// authorization returns the login for a request: nothing, a password, or a token. It replaces an expired token.
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
	return sentLogin{header: "Bearer " + t.secret, scopes: key, issue: t.issue, until: t.expires}, nil
}

// lockLogin waits for the login state of the client. If a request for a token fails during the wait, lockLogin
// returns that failure.
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

// obtainToken fetches a token for all repositories. If the token server refuses that, it fetches one for the
// repositories of the request.
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

// tokenScopes returns the scopes of the token for a request.
func (c *client) tokenScopes(r request) string {
	if c.tokenPerRequest {
		return strings.Join(r.scopes, " ")
	}
	return strings.Join(c.scopes, " ")
}

// answerChallenge prepares the answer to a 401 and reports whether to send the request again. Several requests may
// find an expired token at the same time: the first one renews it for all. A registry that refuses the new token as
// well may not support tokens for several repositories: each request then gets a token of its own.
func (c *client) answerChallenge(ctx context.Context, r request, answer http.Header, was sentLogin, refusals int) (bool, error) {
	leave, err := c.lockLogin(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	asked := challengeOf(answer)
	if asked.scheme == "" && c.challenge != nil {
		asked = *c.challenge // the answer does not repeat the challenge
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
		return false, nil // the same token again would be refused
	case !t.expired() && (key != was.scopes || t.issue > was.issue):
		return true, nil // another request renewed the token
	}
	err = c.obtainToken(ctx, r)
	return err == nil, err
}
