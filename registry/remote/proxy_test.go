package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	secrets "github.com/manifest-tool/manifest-tool/internal/output/mask"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

const proxyPassword = "CANARY-PROXY-55ad"

// throughProxy speaks to everybody by way of a proxy with a login.
func throughProxy(handler http.Handler) (o Options, at string, stop func()) {
	server := httptest.NewServer(handler)
	u, _ := url.Parse(server.URL)
	u.User = url.UserPassword("me", proxyPassword)
	return Options{Proxy: http.ProxyURL(u)}, u.Host, server.Close
}

func refuses(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// What comes by way of a proxy over plain http may be its own answer.
func TestWhoAnswers(t *testing.T) {
	o, at, stop := throughProxy(refuses(502, "<title>Bad gateway</title>"))
	defer stop()
	o.PlainHTTP = true
	_, err := open(t, o, "reg.test", "a")[0].manifest(t.Context(), tag("x"), 1)
	want := "GET http://reg.test/v2/a/manifests/x: the registry or the proxy " + at + " answers 502 Bad Gateway: an HTML page (Bad gateway)" + refusal.PageHint
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %q", err, want)
	}
}

// F90: who stands in between is named, and nothing of the login for it.
func TestProxyRefuses(t *testing.T) {
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			conn.Close()
		}
	}
	tests := []struct {
		name   string
		scheme string
		answer http.HandlerFunc
		tries  int32
		words  string
	}{
		{"407 to CONNECT", "https", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(407) }, 1, "answers 407 Proxy Authentication Required"},
		{"407 to a request", "http", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(407) }, 1, "answers 407 Proxy Authentication Required"},
		{"403 to CONNECT", "https", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, 1, "answers 403 Forbidden"},
		{"a page to CONNECT", "https", refuses(403, "<html><title>Category: containers</title>"+proxyPassword+"</html>"), 1, "answers 403 Forbidden: an HTML page (Category: containers)"},
		{"text to CONNECT", "https", refuses(403, "not for you: "+proxyPassword), 1, "answers 403 Forbidden: not for you: ***"},
		{"words with 407", "http", refuses(407, "who are you?"), 1, "answers 407 Proxy Authentication Required: who are you?"},
		{"503 to CONNECT", "https", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, maxTries, "answers 503"},
		{"hangs up", "https", hangUp, maxTries, "EOF"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var n atomic.Int32
			o, at, stop := throughProxy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n.Add(1)
				test.answer(w, r)
			}))
			defer stop()
			o.PlainHTTP, o.Secrets = test.scheme == "http", &secrets.Mask{}
			var traced strings.Builder
			o.Trace = func(e Exchange) { traced.WriteString(e.Method + e.URL + e.Err.Error()) }
			_, err := open(t, o, "reg.test", "a")[0].Manifest(t.Context(), tag("x"))
			if !errors.Is(err, registry.ErrUnavailable) || !strings.Contains(err.Error(), "the proxy "+at) || !strings.Contains(err.Error(), test.words) {
				t.Errorf("error %v", err)
			}
			if n.Load() != test.tries {
				t.Errorf("%d tries, not %d", n.Load(), test.tries)
			}
			if strings.Contains(err.Error()+traced.String(), proxyPassword) {
				t.Errorf("the password of the proxy is told: %v, %s", err, &traced)
			}
		})
	}
}

// A proxy that is not there is named too, and one that is no URL is not repeated.
func TestProxyIsNotThere(t *testing.T) {
	const gone = "127.0.0.1:1" // nobody listens there; a port that was free may have a server by now
	for name, test := range map[string]struct {
		proxy func(*http.Request) (*url.URL, error)
		words string
	}{
		"gone": {http.ProxyURL(&url.URL{Scheme: "http", Host: gone, User: url.UserPassword("me", proxyPassword)}), "through the proxy " + gone},
		"no URL": {func(*http.Request) (*url.URL, error) {
			return nil, errors.New("invalid proxy address http://me:" + proxyPassword + "@ :")
		}, "the environment names a proxy for reg.test that is not a URL"},
	} {
		_, err := open(t, Options{Proxy: test.proxy}, "reg.test", "a")[0].Manifest(t.Context(), tag("x"))
		if err == nil || !strings.Contains(err.Error(), test.words) || strings.Contains(err.Error(), proxyPassword) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A proxy may be anywhere. What it is asked to reach for a registry may not, as far as that can be seen.
func TestBehindProxy(t *testing.T) {
	g := registrytest.NewRegistry(registrytest.Options{})
	g.Push(t, "a", "latest", registrytest.Image{}.Build())
	to := ""
	var reached []string
	o, _, stop := throughProxy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached = append(reached, r.Host)
		if to != "" && r.Host == "reg.test" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			return
		}
		g.ServeHTTP(w, r)
	}))
	defer stop()
	o.PlainHTTP, o.Reach = true, func(netip.Addr) network.Reach { return network.Private } // the proxy's own too
	r := open(t, o, "reg.test", "a")[0]
	if _, err := r.manifest(t.Context(), tag("latest"), 1); err != nil {
		t.Fatal(err)
	}
	to = "http://cdn.test/v2/a/manifests/latest"
	if _, err := r.manifest(t.Context(), tag("latest"), 1); err != nil {
		t.Errorf("a name: %v", err)
	}
	for _, place := range []string{
		"10.0.0.1", "10.0.0.1.", "10.0.0.1.:80", "10.1", "167772161", "0xa000001", "0XA.0.0.0x1", "012.0.0.01", "10.0.0.1..", "１０.0.0.1", "10。0。0。1",
		"[::ffff:10.0.0.1]", "localhost", "LocalHost.:80", "x.localhost",
	} {
		to, reached = "http://"+place+"/v2/a/manifests/latest", nil
		if _, err := r.manifest(t.Context(), tag("latest"), 1); !errors.Is(err, registry.ErrUnverified) || len(reached) != 1 {
			t.Errorf("%s, an address inside: %v, asked for %q", place, err, reached)
		}
	}
	o.AllowRealms = []string{"10.1"}
	to = "http://10.1/v2/a/manifests/latest"
	if _, err := open(t, o, "reg.test", "a")[0].manifest(t.Context(), tag("latest"), 1); err != nil {
		t.Errorf("--allow-realm: %v", err)
	}
}

// F90: a name that does not exist will not in a second; a name server that is out of order may.
func TestNames(t *testing.T) {
	for name, test := range map[string]struct {
		err   net.DNSError
		tries int32
	}{
		"NXDOMAIN": {net.DNSError{Err: "no such host", Name: "reg.test", IsNotFound: true}, 1},
		"SERVFAIL": {net.DNSError{Err: "server misbehaving", Name: "reg.test", IsTemporary: true}, maxTries},
	} {
		var n atomic.Int32
		o := Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			n.Add(1)
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &test.err}
		}}
		_, err := open(t, o, "reg.test", "a")[0].Manifest(t.Context(), tag("x"))
		if !errors.Is(err, registry.ErrUnavailable) || !strings.Contains(err.Error(), test.err.Err) || n.Load() != test.tries {
			t.Errorf("%s: %d tries, not %d: %v", name, n.Load(), test.tries, err)
		}
	}
}

// --insecure is for the registry: a proxy that is spoken to by TLS has to be who it says it is, and gets no
// login otherwise.
func TestInsecureIsNotForTheProxy(t *testing.T) {
	asked := false
	proxy := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer proxy.Close()
	proxy.Config.ErrorLog = log.New(io.Discard, "", 0)
	_, port, _ := net.SplitHostPort(proxy.Listener.Addr().String())
	for host, words := range map[string]string{"proxy.test": "certificate is valid for", "127.0.0.1": "unknown authority"} {
		for _, registry := range []string{"reg.test", host + ":1"} {
			at := &url.URL{Scheme: "https", User: url.UserPassword("me", proxyPassword), Host: host + ":" + port}
			o := Options{Insecure: true, PlainHTTPHosts: []string{"127.0.0.1:1"}, Resolver: names("127.0.0.1"), Proxy: http.ProxyURL(at)}
			_, err := open(t, o, registry, "a")[0].Manifest(t.Context(), tag("x"))
			if err == nil || asked || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), proxyPassword) {
				t.Errorf("%s by %s: asked: %v, error %v", registry, host, asked, err)
			}
		}
	}
}

// A certificate that tells a registry who we are is for that registry, and reaches it through a proxy. What
// the registry is let in with does not change how the proxy is spoken to.
func TestProxyGetsNoCertificate(t *testing.T) {
	ca := registrytest.NewAuthority(t)
	me, err := tls.X509KeyPair(ca.Issue(t, "me"))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]int{}
	serve := func(who string, handler http.Handler) *httptest.Server {
		pair, err := tls.X509KeyPair(ca.Issue(t, "127.0.0.1", "reg.test"))
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			shown[who] += len(r.TLS.PeerCertificates)
			handler.ServeHTTP(w, r)
		}))
		server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	g := registrytest.NewRegistry(registrytest.Options{})
	g.Push(t, "a", "latest", registrytest.Image{}.Build())
	target := serve("registry", g)
	proxy := serve("proxy", tunnel(target.Listener.Addr().String()))
	o := Options{
		Proxy: http.ProxyURL(&url.URL{Scheme: "https", Host: proxy.Listener.Addr().String()}),
		TLS: func(string, string) (*tls.Config, error) {
			return &tls.Config{RootCAs: ca.Pool(), Certificates: []tls.Certificate{me}}, nil
		},
	}
	if _, err := open(t, o, "reg.test", "a")[0].Manifest(t.Context(), tag("latest")); err != nil {
		t.Error(err)
	}
	if shown["proxy"] != 0 || shown["registry"] == 0 {
		t.Errorf("certificates shown: %v", shown)
	}
}

// tunnel is a proxy that knows one way.
func tunnel(to string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		out, err := net.Dial("tcp", to)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		in, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			out.Close()
			return
		}
		io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			defer out.Close()
			io.Copy(out, buffered)
		}()
		go func() {
			defer in.Close()
			io.Copy(in, out)
		}()
	})
}
