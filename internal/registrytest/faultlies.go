package registrytest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Elsewhere is the host that redirects of the faults lead to, in a folder with the registry's name.
const Elsewhere = "elsewhere.test"

// untruths are answers that are not true.
func untruths() []Fault {
	other := "sha256:" + strings.Repeat("0", 64)
	var all []Fault
	for _, f := range []Fault{
		{Name: "wrong bytes", On: reads, Class: Unverified, do: Spoil(flip)},
		{Name: "too few bytes", On: reads, Class: Unverified, do: Spoil(func(a *Answer) { a.body = a.body[:max(len(a.body)-1, 0)] })},
		{Name: "too many bytes", On: reads, Class: Unverified, do: Spoil(func(a *Answer) { a.body = append(a.body, ' ') })},
		{Name: "another Docker-Content-Digest", On: manifested, Class: Unverified, do: Spoil(func(a *Answer) { a.Header.Set("Docker-Content-Digest", other) })},
		{Name: "another digest is said to be stored", On: puts, Class: Harmless, do: Spoil(func(a *Answer) { a.Header.Set("Docker-Content-Digest", other) })},
		{Name: "the Content-Type of an index", On: manifests, Class: Unverified, do: Spoil(func(a *Answer) { a.Header.Set("Content-Type", acceptedTypes[2]) })},
		{Name: "201, and nothing is stored", On: append([]Kind{Mount}, stores...), Class: Refused, do: Pretend},
	} {
		lasting := f
		f.Name, f.Times = f.Name+" once", 1
		lasting.Name += " for ever"
		all = append(all, f, lasting)
	}
	return append(all, Fault{Name: "a flood", On: reads, Class: Unverified, do: Flood(http.StatusOK, "Content-Type", acceptedTypes[1])})
}

// redirects lead in a circle, elsewhere, or on.
func redirects() []Fault {
	same := func(r *http.Request) string { return r.URL.String() }
	away := func(r *http.Request) string { return "http://" + Elsewhere + "/" + r.Host + r.URL.String() }
	secret := func(r *http.Request) string {
		u := url.URL{Scheme: "http", Host: Elsewhere, Path: "/" + r.Host + r.URL.Path, RawQuery: "signature=" + Secret()}
		return u.String()
	}
	var all []Fault
	for _, status := range []int{301, 302, 303, 307, 308} {
		name := strconv.Itoa(status)
		all = append(all, Fault{Name: name + " in a circle", Class: Unverified, do: Redirect(status, same)},
			Fault{Name: name + " of a write elsewhere", On: writes, Class: Unverified, do: Redirect(status, away)})
		if status >= 307 {
			all = append(all, Fault{Name: name + " to the same place once", On: append(writes, manifested...), Times: 1, Class: Harmless, do: Redirect(status, same)})
		}
	}
	return append(all,
		Fault{Name: "302 to the same place once", On: append(reads, looks...), Times: 1, Class: Harmless, do: Redirect(302, same)},
		Fault{Name: "307 of a blob elsewhere", On: []Kind{ReadBlob}, Class: Harmless, do: Redirect(307, secret)},
		Fault{Name: "a redirect to no host", Class: Unverified, do: Redirect(307, func(*http.Request) string { return "ftp://" + Elsewhere + "/" })},
	)
}

// page is what a proxy or a login shows to people.
const page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>" + Canary + "-page</body></html>"

// pages are answers of somebody who is no registry.
func pages() []Fault {
	html := func(status int) func(Scene) { return Say(status, page, "Content-Type", "text/html") }
	all := []Fault{
		{Name: "a page with 200", Class: Unverified, do: html(200)},
		{Name: "a page with 403", Class: Unverified, do: html(403)},
		{Name: "a page with 404", Class: Unverified, do: html(404)},
		{Name: "a page with 407", Class: Denied, do: html(407)},
		{Name: "a flood with 403", Class: Denied, do: Flood(403)},
	}
	return append(all, once(Fault{Name: "a page with 502", Class: Unavailable, do: html(502)})...)
}

// tokenFaults are about who may do what.
func tokenFaults() []Fault {
	on := []Kind{Token}
	body := func(text string) func(Scene) { return Say(200, text, "Content-Type", "application/json") }
	return []Fault{
		{Name: "the token has expired", On: append(writes, append(reads, looks...)...), Times: 1, Class: Harmless, do: Expire},
		{Name: "no token in the answer", On: on, Class: Denied, do: body(`{}`)},
		{Name: "a token of two lines", On: on, Class: Denied, do: body(`{"token":"` + Canary + `\r\nX-Injected: yes"}`)},
		{Name: "a token that is no good", On: on, Class: Denied, do: body(`{"token":"` + Canary + `-wrong","refresh_token":"` + Canary + `-refresh"}`)},
		{Name: "a token that has expired already", On: on, Class: Denied, do: body(`{"token":"` + Canary + `-old","expires_in":-1}`)},
		{Name: "half of an answer", On: on, Class: Denied, do: body(`{"token":"` + Canary)},
		{Name: "a flood of tokens", On: on, Class: Denied, do: Flood(200, "Content-Type", "application/json")},
	}
}
