package output

import (
	"strings"

	"github.com/manifest-tool/manifest-tool/auth"
)

// SayStored prints where a login is kept, and warns if it is in a file.
func (p *Printer) SayStored(key, username, kind string, s auth.Source) {
	what := "the " + kind + " of " + username
	if s.Helper != "" {
		p.infof("%s: %s is stored by %s (%s)", key, what, s.Helper, s.Place)
		return
	}
	p.infof("%s: %s is stored in %s", key, what, s.Place)
	secret := "the password"
	if kind != "login" {
		secret = "the token"
	}
	p.Warnf("%s has %s in base64, which is an encoding and no encryption: use a credential helper (credsStore or credHelpers) to keep logins encrypted", s.Place, secret)
}

// SayErased prints which logins were removed.
func (p *Printer) SayErased(keys []string, file string) {
	for _, key := range keys {
		p.infof("%s: the login is removed from %s", key, file)
	}
}

type loginsOutput struct {
	Schema string              `json:"schema"` // manifest-tool.logins/v1
	Logins []storedLoginOutput `json:"logins"`
}

type storedLoginOutput struct {
	Registry string `json:"registry"`
	Username string `json:"username,omitempty"`
	Kind     string `json:"kind"` // login, identity token, registry token, helper
	From     string `json:"from"`
	Helper   string `json:"helper,omitempty"`
}

// PrintLogins prints the logins that are stored, without their secrets. A user name that looks like a token is hidden.
func (p *Printer) PrintLogins(logins []auth.StoredLogin, asJSON bool) error {
	out := loginsOutput{Schema: "manifest-tool.logins/v1", Logins: []storedLoginOutput{}}
	for _, l := range logins {
		out.Logins = append(out.Logins, storedLoginOutput{l.Key, redactSecrets(l.Username), l.Kind, l.Source.Place, l.Source.Helper})
	}
	if asJSON {
		return p.WriteJSON(out)
	}
	if len(logins) == 0 {
		p.infof("no login is stored")
		return nil
	}
	t := newTable("", 2)
	t.row("REGISTRY", "USERNAME", "KIND", "SOURCE")
	for _, l := range out.Logins {
		source := l.From
		if l.Helper != "" {
			source = l.Helper + " (" + l.From + ")"
		}
		t.row(l.Registry, dashIfEmpty(l.Username), l.Kind, source)
	}
	return p.WriteResult(t.bytes())
}

func dashIfEmpty(text string) string {
	if strings.TrimSpace(text) == "" {
		return "-"
	}
	return text
}
