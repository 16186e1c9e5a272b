package run

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry/remote"
)

// proxyVariables are the variables that net/http reads. Of each pair, the first that is not empty counts.
var proxyVariables = [][2]string{{"HTTPS_PROXY", "https_proxy"}, {"HTTP_PROXY", "http_proxy"}}

// checkProxies refuses a proxy that is no URL, which net/http would ignore, and go straight to the registry. It makes
// the logins in the URLs known as secrets. The message does not hold the URL, which may hold a password.
func (r *Runner) checkProxies(uses []remote.Use) error {
	if len(uses) == 0 {
		return nil
	}
	for _, pair := range proxyVariables {
		name := pair[0]
		if r.Getenv(name) == "" {
			name = pair[1]
		}
		text := r.Getenv(name)
		r.hideLogin(text)
		if fault := proxyFault(text); text != "" && fault != "" {
			return output.Usagef("the variable %s is not the URL of a proxy: %s", name, fault)
		}
	}
	return nil
}

// hideLogin makes the login in a proxy's URL known, also in one that is no URL.
func (r *Runner) hideLogin(text string) {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return
	}
	login := text[:at]
	if _, rest, ok := strings.Cut(login, "://"); ok {
		login = rest
	}
	user, password, _ := strings.Cut(login, ":")
	plain, err := url.PathUnescape(password)
	if err != nil {
		plain = password
	}
	r.out.Secrets().Add(user, password, plain, cmp.Or(password, user))
}

// proxyFault says what is wrong with the URL of a proxy, or nothing. As for net/http, the scheme may be missing.
func proxyFault(text string) string {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	const form = "expected http://USER:PASSWORD@HOST:PORT, with characters such as # / ? @ % in the password written as %23 %2F %3F %40 %25"
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Hostname() == "", strings.ContainsAny(text, "?# \t\r\n"), u.Path != "" && u.Path != "/":
		return form
	case !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme):
		return "the scheme must be http, https, socks5 or socks5h"
	}
	return ""
}
