package remote

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
)

// probe sends the first request to a registry. One request goes alone and the others wait for its result. If it gets
// no answer, the waiting requests share the failure, and the limit on tries. Those with the same credential share the
// refusal of the credential, but not that of a token for some repositories. probe returns no response if the
// request has to be sent again.
func (c *client) probe(ctx context.Context, r request) (*http.Response, error) {
	if r.slotted || c.assumeAnonymous() { // the first request may need the slot that this one holds
		return c.firstRequest(ctx, r)
	}
	unanswered, refused := c.host.unanswered.count(), c.refused.count()
	if err := c.host.probing.Enter(ctx); err != nil {
		return nil, err
	}
	defer c.host.probing.Leave()
	if c.probed.Load() {
		return nil, nil
	}
	if err := cmp.Or(c.refused.since(refused), c.host.unanswered.since(unanswered)); err != nil {
		return nil, err
	}
	if err := c.refused.tooMany(); err != nil {
		return nil, c.host.outage.instead(err)
	}
	if err := c.host.unanswered.tooMany(); err != nil && (c.host.outage == nil || !isUnanswered(err)) {
		return nil, c.host.outage.instead(err)
	}
	return c.firstRequest(ctx, r)
}

// failures are those of first requests, in a row.
type failures struct {
	mu   sync.Mutex
	n    int
	last error
}

func (f *failures) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

// since returns the last failure if it is not among the first n.
func (f *failures) since(n int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n == n {
		return nil
	}
	return f.last
}

// tooMany returns the last failure if no more requests are worth sending.
func (f *failures) tooMany() error { return f.since(min(f.count(), maxTries-1)) }

func (f *failures) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n, f.last = f.n+1, err
}

func (f *failures) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n, f.last = 0, nil
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
			c.host.unanswered.add(err)
		}
		return nil, err
	}
	c.host.unanswered.reset()
	if !c.challenged(resp) {
		c.probed.Store(true)
		return resp, nil
	}
	again, err := c.answerChallenge(ctx, &r, resp.Header, sentLogin{}, 0)
	if err == nil && !again {
		return resp, nil
	}
	drain(resp)
	switch {
	case err == nil || isOfScopes(err):
		c.probed.Store(true)
	case ctx.Err() == nil:
		c.refused.add(err)
	}
	return nil, err
}
