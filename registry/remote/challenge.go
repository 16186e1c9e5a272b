package remote

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
)

// A challenge describes the login that a registry asks for (RFC 9110, 11.6.1).
type challenge struct {
	scheme string // in lower case
	params map[string]string
}

// challengeOf returns the best supported challenge: Bearer, else Basic. Of an unsupported one it returns the scheme,
// for the message.
func challengeOf(h http.Header) challenge {
	var best challenge
	rank := map[string]int{"bearer": 2, "basic": 1}
	for _, value := range h.Values("Www-Authenticate") {
		for _, c := range parseChallenges(value) {
			if best.scheme == "" || rank[c.scheme] > rank[best.scheme] {
				best = c
			}
		}
	}
	return best
}

// parseChallenges parses one header. Values may be unquoted, because some registries do not quote them. A challenge
// with a repeated parameter is ambiguous and is dropped.
func parseChallenges(value string) []challenge {
	var all []challenge
	s := scanner(value)
	for {
		s.skip(" \t,")
		word := s.token()
		if word == "" {
			return all // the end, or a syntax error
		}
		s.skip(" \t")
		switch {
		case s.take('='):
			s.skip(" \t")
			v := s.value()
			if len(all) == 0 {
				return nil
			}
			c := all[len(all)-1]
			key := strings.ToLower(word)
			if _, twice := c.params[key]; twice {
				return all[:len(all)-1]
			}
			c.params[key] = v
		default:
			all = append(all, challenge{scheme: strings.ToLower(word), params: map[string]string{}})
			s.token68()
		}
	}
}

// A scanner is the unread rest of a header.
type scanner string

func (s *scanner) skip(chars string) { *s = scanner(strings.TrimLeft(string(*s), chars)) }

func (s *scanner) take(c byte) bool {
	if len(*s) == 0 || (*s)[0] != c {
		return false
	}
	*s = (*s)[1:]
	return true
}

func (s *scanner) until(stop func(rune) bool) string {
	end := strings.IndexFunc(string(*s), stop)
	if end < 0 {
		end = len(*s)
	}
	word := string((*s)[:end])
	*s = (*s)[end:]
	return word
}

func (s *scanner) token() string {
	return s.until(func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) })
}

// token68 skips the token68 of schemes such as Negotiate.
func (s *scanner) token68() {
	rest := *s
	word := rest.until(func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
	bare := strings.TrimRight(word, "=")
	if rest.skip(" \t"); word != "" && !strings.ContainsAny(bare, `="`) && (rest == "" || rest[0] == ',') {
		*s = rest
	}
}

// value reads a quoted string, or all bytes before the next blank or comma.
func (s *scanner) value() string {
	if !s.take('"') {
		return s.until(func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
	}
	var b strings.Builder
	for len(*s) > 0 {
		c := (*s)[0]
		*s = (*s)[1:]
		switch {
		case c == '"':
			return b.String()
		case c == '\\' && len(*s) > 0:
			c = (*s)[0]
			*s = (*s)[1:]
		}
		b.WriteByte(c)
	}
	return b.String()
}

// realm returns the URL of the token server. A registry with a valid certificate may name any token server with
// https. A challenge over plain HTTP, or with --insecure, may come from an attacker: then the token server must be
// on the registry's own host, or allowed by --allow-realm.
func (h *host) realm(c challenge) (*url.URL, error) {
	u, err := url.Parse(c.params["realm"])
	if err != nil || u.Hostname() == "" || u.User != nil || u.Opaque != "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, h.invalidLogin("its WWW-Authenticate header names no valid URL of a token server")
	}
	own := *h.scheme.Load()
	name := network.Hostname(h.registry.RegistryStr())
	here := strings.EqualFold(u.Hostname(), name) || network.IsLoopback(u.Hostname()) && network.IsLoopback(name)
	switch {
	case u.Scheme == "http" && own == "https":
		return nil, h.untrustedRealm("its token server %s is not https", redact(u))
	case own == "https" && !h.network.Unverified.Load(), here, network.ContainsHost(h.options.AllowRealms, u.Host):
		return u, nil
	}
	return nil, h.untrustedRealm("its token server is %s, but the answer came over an unprotected connection and may be forged (use --allow-realm %s to send the login to this server)", u.Host, u.Host)
}

// untrustedRealm is the error for a token server that must not get the login.
func (h *host) untrustedRealm(format string, args ...any) error {
	return registry.Errorf(registry.ErrUnverified, h.registry.RegistryStr()+": "+format, args...)
}
