package remote

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
)

// eavesdropper asks everybody for a password, and counts those that it gets.
func eavesdropper(t *testing.T) (port string, heard http.Handler, passwords *atomic.Int32) {
	t.Helper()
	passwords = &atomic.Int32{}
	heard = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, sent, _ := r.BasicAuth(); sent == password {
			passwords.Add(1)
		}
		w.Header().Set("Www-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	server := httptest.NewServer(heard)
	t.Cleanup(server.Close)
	_, port, _ = net.SplitHostPort(server.Listener.Addr().String())
	return port, heard, passwords
}

// A name below localhost is spoken to by plain http. A name server may say that it is elsewhere: nobody
// there gets the password, unless a flag wants it so.
func TestLocalhostIsHere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("0.0.0.0, which stands for another machine here, is dialled as 127.0.0.1 there")
	}
	for _, test := range []struct {
		at      string
		flagged bool
		gets    bool
		warned  int
	}{
		{"127.0.0.1", false, true, 0},
		{"0.0.0.0", false, false, 0},
		{"0.0.0.0", true, true, 1},
	} {
		port, _, passwords := eavesdropper(t)
		host, warned := "reg.localhost:"+port, 0
		o := Options{Credentials: login, Resolver: names(test.at), Warn: func(string) { warned++ }}
		if test.flagged {
			o.PlainHTTPHosts = []string{host}
		}
		_, err := open(t, o, host, "a")[0].Manifest(t.Context(), tag("x"))
		if (passwords.Load() > 0) != test.gets || warned != test.warned {
			t.Errorf("%+v: %d passwords, %d warnings: %v", test, passwords.Load(), warned, err)
		}
		want := host + " is a name of this machine, but resolves to 0.0.0.0, which may be another machine (use --plain-http-registry " + host + " to contact it over plain http)"
		if !test.gets && (!errors.Is(err, registry.ErrUnverified) || err.Error() != want) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// The token server of such a registry has to be here too, however its name is written.
func TestRealmOfLocalhostIsHere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("as above")
	}
	port, _, passwords := eavesdropper(t)
	for _, realm := range []string{"auth.localhost", "AUTH.LocalHost"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Www-Authenticate", `Bearer realm="http://`+realm+`:`+port+`/token"`)
			w.WriteHeader(http.StatusUnauthorized)
		}))
		defer server.Close()
		o := Options{Credentials: login, Resolver: names("0.0.0.0")}
		_, err := open(t, o, server.Listener.Addr().String(), "a")[0].Manifest(t.Context(), tag("x"))
		if !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), "is a name of this machine") || passwords.Load() > 0 {
			t.Errorf("%s: %d passwords: %v", realm, passwords.Load(), err)
		}
	}
}

// No proxy sees what is for this machine, unless a flag has it go the way of all others.
func TestLocalhostByNoProxy(t *testing.T) {
	port, heard, passwords := eavesdropper(t)
	var seen atomic.Int32
	o, _, stop := throughProxy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		heard.ServeHTTP(w, r)
	}))
	defer stop()
	o.Credentials, o.Resolver = login, names("127.0.0.1")
	_, err := open(t, o, "reg.localhost:"+port, "a")[0].Manifest(t.Context(), tag("x"))
	if seen.Load() > 0 || passwords.Load() == 0 {
		t.Errorf("the proxy saw %d requests, the registry %d passwords: %v", seen.Load(), passwords.Load(), err)
	}
	o.PlainHTTP = true
	if _, err = open(t, o, "reg.localhost:"+port, "a")[0].Manifest(t.Context(), tag("x")); seen.Load() == 0 {
		t.Errorf("with a flag, no proxy was asked: %v", err)
	}
}
