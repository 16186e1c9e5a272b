package remote

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
)

// A tokenHolder holds the newest token for some scopes. Tokens for different scopes are requested at the same time.
type tokenHolder struct {
	failure atomic.Pointer[error] // why the last request for a token failed
	gate    parallel.Gate         // guards token; held during a request for a token
	token   token
}

// get returns a token that is valid and newer than an issue. It fetches one if there is none: of the requests that need
// one at the same time, the first fetches it for all, and shares a failure.
func (h *tokenHolder) get(ctx context.Context, after int, fetch func() (token, error)) (token, error) {
	before := h.failure.Load()
	if err := h.gate.Enter(ctx); err != nil {
		return token{}, err
	}
	defer h.gate.Leave()
	if now := h.failure.Load(); now != before && now != nil {
		return token{}, *now
	}
	if !h.token.expired() && h.token.issue > after {
		return h.token, nil
	}
	t, err := fetch()
	h.failure.Store(nil)
	if err != nil {
		if ctx.Err() == nil {
			h.failure.Store(&err)
		}
		return token{}, err
	}
	t.issue = h.token.issue + 1
	h.token = t
	return t, nil
}

// holder returns the holder for scopes.
func (c *client) holder(scopes string) *tokenHolder {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.tokens[scopes]
	if h == nil {
		if len(c.tokens) >= maxTokens {
			clear(c.tokens)
		}
		h = &tokenHolder{gate: parallel.NewGate()}
		c.tokens[scopes] = h
	}
	return h
}

// tokenOf returns a valid token for a request, and not the refused one. It is the token of a group of repositories, if
// the token server and the registry take such tokens, or one for the repositories of the request.
func (c *client) tokenOf(ctx context.Context, asked *challenge, r request, refused sentLogin) (sentLogin, error) {
	for {
		scopes, group := c.tokenScopes(r)
		after := 0
		if scopes == refused.scopes {
			after = refused.issue
		}
		t, err := c.holder(scopes).get(ctx, after, func() (token, error) { return c.fetchToken(ctx, asked, scopes) })
		switch {
		case err == nil:
			return sentLogin{header: "Bearer " + t.secret, scopes: scopes, issue: t.issue, until: t.expires}, nil
		case scopes == scopesOf(r.needs) || !errors.Is(err, registry.ErrDenied):
			return sentLogin{}, err
		case isTooLong(err):
			c.shrinkGroups(len(group.order))
		default:
			c.setApart(group)
		}
	}
}

// tokenScopes returns the scopes of the token for a request, and the group that shares the token. The group is nil if the
// token is for the request only.
func (c *client) tokenScopes(r request) (string, *tokenGroup) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !r.apart && !c.apart {
		if group := c.tokenGroups().find(r.needs); group != nil && !group.apart {
			return group.scopes(), group
		}
	}
	return scopesOf(r.needs), nil
}

// tokenGroups returns the groups of the repositories. The caller holds c.mu.
func (c *client) tokenGroups() *tokenGroups {
	if c.groups == nil {
		c.groups = groupsOf(c.together, maxTokenScopes)
	}
	return c.groups
}

// shrinkGroups makes smaller groups, because the token server refuses the request of a group with n repositories. Tokens
// for the old groups are not used any more.
func (c *client) shrinkGroups(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit := (n + shrinkScopes - 1) / shrinkScopes
	switch {
	case limit >= c.groups.limit: // another request has made them smaller
	case limit == 1:
		c.apart = true
	default:
		c.groups = groupsOf(c.together, limit)
	}
}

// setApart remembers that a token for the whole group does not work. The same of a second group means that no group
// works: the tokens of the registry hold one repository.
func (c *client) setApart(group *tokenGroup) {
	c.mu.Lock()
	defer c.mu.Unlock()
	group.apart = true
	apart := 0
	for _, g := range c.groups.all {
		if g.apart {
			apart++
		}
	}
	c.apart = apart > 1 || len(c.groups.all) == 1
}

// learnApart is setApart for the group of a request that the registry refused with the token of the group, and accepted
// with a token of its own.
func (c *client) learnApart(r request) {
	r.apart = false
	if _, group := c.tokenScopes(r); group != nil {
		c.setApart(group)
	}
}

// together yields the uses of the client's repositories that one token should hold.
func (c *client) together(yield func([]Use) bool) {
	for uses := range c.host.together {
		ours := slices.DeleteFunc(slices.Clone(uses), func(u Use) bool { return c.host.client(u.Repository) != c })
		if !yield(ours) {
			return
		}
	}
}
