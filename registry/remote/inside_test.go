package remote

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
)

// names is a resolver that knows one address for all names.
func names(address string) *net.Resolver {
	ip := netip.MustParseAddr(address).As4()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			for {
				var length uint16
				if binary.Read(theirs, binary.BigEndian, &length) != nil {
					return
				}
				query := make([]byte, length)
				if _, err := io.ReadFull(theirs, query); err != nil {
					return
				}
				answer := resolved(query, ip)
				theirs.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
			}
		}()
		return ours, nil
	}}
}

// resolved answers a question for an A record (RFC 1035, 4.1); of others there is none.
func resolved(query []byte, ip [4]byte) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	question := query[12 : end+5]
	isA := query[end+2] == 1
	answer := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	if isA {
		answer[7] = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
		answer = append(answer, ip[:]...)
	}
	return answer
}

// inner is a machine in the private network of these tests, and how often somebody knocked there.
func inner(t *testing.T) (port string, knocks *atomic.Int32) {
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("this system has no 127.0.0.2: ", err)
	}
	t.Cleanup(func() { l.Close() })
	knocks = &atomic.Int32{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			knocks.Add(1)
			conn.Close()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, knocks
}

// reachOfTests takes 127.0.0.1 for a public address, 127.0.0.2 for a private one.
func reachOfTests(addr netip.Addr) network.Reach {
	if addr.Unmap() == netip.MustParseAddr("127.0.0.1") {
		return network.Public
	}
	return network.Private
}

// F38: a registry in the open cannot have us speak to what only we can reach, by whatever name.
func TestNobodyIsSentInside(t *testing.T) {
	port, knocks := inner(t)
	for _, place := range []string{"127.0.0.2", "metadata.test", "0x7f.2", "[::ffff:127.0.0.2]"} {
		for hop, do := range map[string]func(*registrytest.Server, *Repository) error{
			"redirect": func(s *registrytest.Server, r *Repository) error {
				blob := blobOf(t, s, "a")
				answer(s, http.MethodGet, redirect("https://"+place+":"+port+"/x", 307))
				_, err := r.Blob(t.Context(), blob)
				return err
			},
			"upload": func(s *registrytest.Server, r *Repository) error {
				answer(s, http.MethodPost, redirect("https://"+place+":"+port+"/x", 202))
				return upload(t, r)
			},
			"realm": func(s *registrytest.Server, r *Repository) error {
				s.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
					w.Header().Set("Www-Authenticate", `Bearer realm="https://`+place+":"+port+`/token"`)
					w.WriteHeader(http.StatusUnauthorized)
					return true
				})
				_, err := r.Manifest(t.Context(), tag("x"))
				return err
			},
		} {
			server := registrytest.New(t, registrytest.Options{TLS: true})
			o := Options{Credentials: login, TLS: trusting(server.Certificate()), Resolver: names("127.0.0.2"), Reach: reachOfTests}
			err := do(server, open(t, o, server.Host(), "a")[0])
			if !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), "which is in a private network, but the registry is not") {
				t.Errorf("%s to %s: %v", hop, place, err)
			}
		}
	}
	if n := knocks.Load(); n > 0 {
		t.Errorf("%d connections to the inside", n)
	}
}

func upload(t *testing.T, r *Repository) error {
	t.Helper()
	source := registrytest.New(t, registrytest.Options{})
	_, err := r.PutBlob(t.Context(), blobOf(t, source, "b"), open(t, Options{}, source.Host(), "b")[0])
	return err
}

// A registry inside may name what is inside, and so may the user.
func TestInsideIsFine(t *testing.T) {
	port, knocks := inner(t)
	challenge := func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Www-Authenticate", `Bearer realm="https://127.0.0.2:`+port+`/token"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	for name, o := range map[string]Options{
		"a private registry": {Reach: func(netip.Addr) network.Reach { return network.Private }},
		"--allow-realm":      {Reach: reachOfTests, AllowRealms: []string{"127.0.0.2:" + port}},
	} {
		server := registrytest.New(t, registrytest.Options{TLS: true})
		server.Intercept(challenge)
		o.TLS, o.Credentials = trusting(server.Certificate()), login
		before := knocks.Load()
		_, err := open(t, o, server.Host(), "a")[0].Manifest(t.Context(), tag("x"))
		if knocks.Load() == before || errors.Is(err, registry.ErrUnverified) {
			t.Errorf("%s: nobody knocked: %v", name, err)
		}
	}
}

// Whose certificates are good for whom depends on who sends us there.
func TestTLSOfWhoeverIsNamed(t *testing.T) {
	other, server := registrytest.New(t, registrytest.Options{TLS: true}), registrytest.New(t, registrytest.Options{TLS: true})
	blob := blobOf(t, other, "a")
	answer(server, http.MethodGet, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL()+r.URL.Path, http.StatusTemporaryRedirect)
	})
	var mu sync.Mutex
	var asked []string
	trust := trusting(server.Certificate())
	o := Options{TLS: func(registry, host string) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, registry+" to "+host)
		return trust(registry, host)
	}}
	body, err := open(t, o, server.Host(), "a")[0].Blob(t.Context(), blob)
	if err != nil {
		t.Fatal(err)
	}
	body.Close()
	if want := server.Host() + " to " + other.Host(); !slices.Contains(asked, want) {
		t.Errorf("asked for %q, not for %q", asked, want)
	}
}

// --insecure is for the registry, and for no other that it names.
func TestInsecureIsForTheRegistry(t *testing.T) {
	other := registrytest.New(t, registrytest.Options{TLS: true})
	blob := blobOf(t, other, "a")
	server := registrytest.New(t, registrytest.Options{TLS: true})
	_, port, _ := net.SplitHostPort(other.Host())
	answer(server, http.MethodGet, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://cdn.test:"+port+r.URL.Path, http.StatusTemporaryRedirect)
	})
	for _, test := range []struct {
		o  Options
		ok bool
	}{
		{Options{Insecure: true}, false},
		{Options{Insecure: true, InsecureHosts: []string{"cdn.test:" + port}}, true},
	} {
		test.o.Resolver = names("127.0.0.1")
		body, err := open(t, test.o, server.Host(), "a")[0].Blob(t.Context(), blob)
		if (err == nil) != test.ok {
			t.Errorf("%q: %v", test.o.InsecureHosts, err)
		}
		if err == nil {
			body.Close()
		}
	}
}
