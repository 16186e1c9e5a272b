package remote

import (
	"context"
	"errors"
	"net/http"
	"time"
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
//	probed             first 401                answerChallenge with a new token for the group of the repository, send again
//	probed             second 401, or           answerChallenge with a token for the repositories of this
//	                   insufficient_scope       request, send again; learnApart if that helps
//	probed             401, nothing new to send the answer is the result
//	any                401 of another host      the answer is the result: the login is for the registry only
//
// answerChallenge reads the challenge. For Basic it sets the header. For Bearer it calls tokenOf, which calls fetchToken
// once, or again with fewer repositories if the token server refuses a token for the group.
func (c *client) sendAuthorized(ctx context.Context, r request) (*http.Response, error) {
	if r.slotted { // a wait would keep the slot, and the caller has waited
		return c.sendAdmitted(ctx, r)
	}
	for {
		pass, err := c.host.admitOutage(ctx)
		if err != nil {
			return nil, err
		}
		r.probes = pass.probes
		resp, err := c.sendAdmitted(ctx, r)
		if pass.leave(); !errors.Is(err, errHeld) {
			return resp, err
		}
	}
}

// sendAdmitted is sendAuthorized without the wait for the end of an outage.
func (c *client) sendAdmitted(ctx context.Context, r request) (*http.Response, error) {
	for refusals := 1; ; refusals++ {
		resp, used, err := c.attempt(ctx, r)
		if err == nil && r.apart && passed(resp) {
			c.learnApart(r)
		}
		if err != nil || !c.challenged(resp) || refusals > maxRefusals {
			return resp, err
		}
		again, err := c.answerChallenge(ctx, &r, resp.Header, used, refusals)
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

// passed reports whether the registry has authorized a request.
func passed(resp *http.Response) bool {
	return resp.StatusCode < 400 || resp.StatusCode == http.StatusNotFound
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
	c.mu.Lock()
	asked, basic := c.challenge, c.basic
	c.mu.Unlock()
	if asked == nil {
		return sentLogin{header: basic}, nil
	}
	return c.tokenOf(ctx, asked, r, sentLogin{})
}

// answerChallenge prepares the answer to a 401 and reports whether to send the request again. Several requests may
// find an expired token at the same time: the first one renews it for all. A registry that refuses the new token as
// well may not support tokens for several repositories: the request then gets a token of its own.
func (c *client) answerChallenge(ctx context.Context, r *request, answer http.Header, was sentLogin, refusals int) (bool, error) {
	asked := challengeOf(answer)
	if last := c.lastChallenge(); asked.scheme == "" && last != nil {
		asked = *last // the answer does not repeat the challenge
	}
	if asked.scheme != "bearer" {
		return c.answerBasic(asked, was)
	}
	c.mu.Lock()
	c.method, c.challenge = "bearer", &asked
	c.mu.Unlock()
	if refusals == 2 || refusals == 1 && asked.params["error"] == "insufficient_scope" {
		r.apart = true
	}
	if scopes, _ := c.tokenScopes(*r); refusals > 1 && scopes == was.scopes {
		return false, nil // the same token again would be refused
	}
	_, err := c.tokenOf(ctx, &asked, *r, was)
	return err == nil, err
}

// answerBasic is answerChallenge for all challenges but Bearer.
func (c *client) answerBasic(asked challenge, was sentLogin) (bool, error) {
	header, err := c.basicHeader(asked)
	again := err == nil && header != "" && header != was.header
	c.mu.Lock()
	defer c.mu.Unlock()
	if asked.scheme != "" {
		c.method = "basic"
	}
	if again {
		c.basic, c.challenge = header, nil
	}
	return again, err
}
