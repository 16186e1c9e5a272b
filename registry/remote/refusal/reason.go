package refusal

import (
	"strings"
)

// A Reason is the cause of a refusal that the text of an answer gives, whatever the status is.
type Reason string

// The reasons. The order of phrases decides between them.
const (
	NoReason     Reason = ""
	ForeignLayer Reason = "foreign layer" // a layer with URLs, which the registry does not allow
	Quota        Reason = "quota"         // no space is left for the push
	RateLimit    Reason = "rate limit"    // too many requests or pulls
	TooLarge     Reason = "too large"     // a manifest, a blob or a request is too large
	Immutable    Reason = "immutable"     // the tag must not be overwritten
	Expired      Reason = "expired"       // the login or a link has expired
	ReadOnly     Reason = "read-only"     // writes are not possible: a mirror, a proxy cache, maintenance
	LacksScope   Reason = "scope"         // the token lacks a scope
	Policy       Reason = "policy"        // a rule of the registry that applies to all logins
	NoRepository Reason = "no repository" // the repository has to be created first
	NotAllowed   Reason = "not allowed"   // any other rule
)

// phrases are parts of the texts of registries, object stores and proxies, in lower case. The first match decides,
// so exact phrases come before general ones.
var phrases = []struct {
	reason Reason
	parts  []string
}{
	{ForeignLayer, []string{"invalid url on layer", "missing url on layer", "foreign layer", "non-distributable", "nondistributable"}},
	{RateLimit, []string{"rate limit", "ratelimit", "too many requests", "toomanyrequests", "pull limit", "slow down", "slowdown", "throttl", "request limit"}},
	{TooLarge, []string{"too large", "entitytoolarge", "size limit", "exceeds the maximum size", "exceeds maximum", "maximum allowed size", "too big", "manifest_too_large"}},
	{Quota, []string{"quota", "upper limit", "storage limit", "insufficient storage", "no space left", "disk full", "disk is full",
		"out of space", "limit exceeded", "limitexceeded", "maximum allowed number", "limit has been reached", "limit reached", "exceeds the limit"}},
	{Immutable, []string{"immutable", "immutability", "cannot be overwritten", "can't be overwritten", "cannot overwrite", "not overwrite",
		"overwriting", "does not allow updating", "not allow redeploy", "redeploy", "already exist", "alreadyexist", "cannot be updated", "write once", "is locked"}},
	{Expired, []string{"expired", "no longer valid", "has been revoked", "was revoked", "not valid in the specified time frame", "not to be used after"}},
	{ReadOnly, []string{"read-only", "read only", "readonly", "proxy project", "proxy cache", "pull-through", "pull through", "maintenance"}},
	{LacksScope, []string{"expected scopes", "insufficient_scope", "insufficient scope", "required scope", "missing scope"}},
	{Policy, []string{"vulnerabilit", "configured policy", "by policy", "policy violation", "violates", "not signed"}},
	{NoRepository, []string{"repository does not exist", "repository not found", "project not found", "name_unknown", "repository name not known", "registry does not know the repository"}},
	{NotAllowed, []string{"not allowed", "not permitted", "does not allow", "disallowed", "prohibited"}},
}

// ReasonIn returns the first reason whose phrases are in the text and that fits the request.
func ReasonIn(said string, fits func(Reason) bool) Reason {
	said = strings.ToLower(said)
	for _, p := range phrases {
		for _, part := range p.parts {
			if strings.Contains(said, part) && fits(p.reason) {
				return p.reason
			}
		}
	}
	return NoReason
}

// Refuses reports whether the reason does not depend on the login.
func (r Reason) Refuses() bool {
	switch r {
	case ForeignLayer, Quota, TooLarge, Immutable, ReadOnly, Policy:
		return true
	}
	return false
}
