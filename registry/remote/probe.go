package remote

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
)

// probe sends the first request to a registry. One request goes alone and the others wait for its result. If it gets
// no answer, the waiting requests share the failure, and the limit on tries. probe returns no response if the
// request has to be sent again.
func (c *client) probe(ctx context.Context, r request) (*http.Response, error) {
	if r.slotted || c.assumeAnonymous() { // the first request may need the slot that this one holds
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
	now, err := c.host.probeFailures()
	switch {
	case now != before:
		return nil, err
	case now >= maxTries && c.host.outage == nil:
		return nil, err
	case now >= maxTries && !isUnanswered(err): // the token server
		return nil, c.host.outage.instead(err)
	}
	return c.firstRequest(ctx, r)
}

// assumeAnonymous reports whether the registry is expected to allow anonymous access: it speaks plain HTTP, and
// there is no credential for it. Requests then do not wait for a challenge.
func (c *client) assumeAnonymous() bool {
	return c.host.settled.Load() && *c.host.scheme.Load() == "http" && c.anonymous()
}

// anonymous reports whether there is no credential.
func (c *client) anonymous() bool { return c.credential.AuthConfig == authn.AuthConfig{} }

// firstRequest sends a request and learns from the answer which login the registry asks for.
func (c *client) firstRequest(ctx context.Context, r request) (*http.Response, error) {
	resp, err := c.host.negotiateScheme(ctx, r)
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, errHeld) {
			c.host.probeFailed(err)
		}
		return nil, err
	}
	if !c.challenged(resp) {
		c.host.probeSucceeded()
		c.probed.Store(true)
		return resp, nil
	}
	again, err := c.answerChallenge(ctx, &r, resp.Header, sentLogin{}, 0)
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
