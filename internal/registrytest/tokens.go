package registrytest

import (
	"crypto/rand"
	"strings"
	"sync"
	"time"
)

// Canary is a part of every secret that a registry gives out, so that tests can look for it where no
// secret should be.
const Canary = "CANARY"

// Secret makes a secret.
func Secret() string { return Canary + "-" + rand.Text() }

// tokens are those that were given out. They are random: a client can read nothing from them.
type tokens struct {
	mu      sync.Mutex
	issued  map[string]token
	refresh map[string]string // identity tokens and their users
}

type token struct {
	granted map[access]bool
	expires time.Time
}

func newTokens() *tokens {
	return &tokens{issued: map[string]token{}, refresh: map[string]string{}}
}

func (t *tokens) issue(granted map[access]bool, expires time.Time) string {
	value := Secret()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.issued[value] = token{granted, expires}
	return value
}

// granted returns what a token that has not expired allows.
func (t *tokens) granted(value string, now time.Time) (map[access]bool, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.issued[value]
	if !ok || !now.Before(found.expires) {
		return nil, false
	}
	return found.granted, true
}

func (t *tokens) issueRefresh(user string) string {
	value := Secret()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refresh[value] = user
	return value
}

func (t *tokens) refreshUser(value string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	user, ok := t.refresh[value]
	return user, ok
}

// parseScope reads one scope (distribution docs, "Token Scope Documentation"). It reports no access
// for a type other than repository.
func parseScope(s string) ([]access, bool) {
	kind, rest, ok := strings.Cut(s, ":")
	colon := strings.LastIndex(rest, ":")
	if !ok || colon < 0 {
		return nil, false
	}
	if kind != "repository" {
		return nil, true
	}
	name, actions := rest[:colon], rest[colon+1:]
	if !validName(name) || actions == "" {
		return nil, false
	}
	var wants []access
	for action := range strings.SplitSeq(actions, ",") {
		wants = append(wants, access{name, action})
	}
	return wants, true
}
