package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
)

// tlsName is a name that no tool takes for local. It leads nowhere but through the tunnel.
const tlsName = "registry.bench.test"

// A bench has the registries and what stands before them.
type bench struct {
	options
	dir  string
	wire *wire
	measurer

	direct  string // the first registry, past the wire
	front   string // the same over the wire
	guarded string // the same, asking for tokens
	other   string // a second registry
	tlsEnv  []string

	names int
	done  map[string]bool
}

// newBench starts everything. Three registries have two stores: one of them asks for tokens, which a
// registry does for all of its repositories or for none.
func newBench(ctx context.Context, o options, dir string) (*bench, error) {
	program, err := buildTool(o.bin, "distribution")
	if err != nil {
		return nil, err
	}
	measuring, err := buildMeasurer(dir)
	if err != nil {
		return nil, err
	}
	b := &bench{measurer: measuring, options: o, dir: dir, wire: &wire{}, done: map[string]bool{}}
	a, err := newAuthority()
	if err != nil {
		return nil, err
	}
	roots := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(roots, a.pem(), 0o600); err != nil {
		return nil, err
	}
	realm, err := b.realm(a)
	if err != nil {
		return nil, err
	}
	first := filepath.Join(dir, "first")
	for _, r := range []struct {
		registry
		direct, front *string
	}{
		{registry{program: program, data: first}, &b.direct, &b.front},
		{registry{program: program, data: first, realm: realm, roots: roots}, new(string), &b.guarded},
		{registry{program: program, data: filepath.Join(dir, "second")}, new(string), &b.other},
	} {
		folder, err := os.MkdirTemp(dir, "registry-")
		if err != nil {
			return nil, err
		}
		if *r.direct, err = r.start(ctx, folder); err != nil {
			return nil, err
		}
		if *r.front, err = b.wire.front(proxy(*r.direct), nil); err != nil {
			return nil, err
		}
	}
	return b, b.encrypt(a, roots)
}

// realm starts the token server. One tool refuses an address as its name, so it is localhost.
func (b *bench) realm(a *authority) (string, error) {
	mux := http.NewServeMux()
	mux.Handle(tokenPath, tokens(a))
	host, err := b.wire.front(mux, nil)
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(host)
	return "http://localhost:" + port + tokenPath, err
}

// encrypt puts TLS before the first registry.
func (b *bench) encrypt(a *authority, roots string) error {
	certificate, err := a.serve(tlsName)
	if err != nil {
		return err
	}
	host, err := b.wire.front(proxy(b.direct), certificate)
	if err != nil {
		return err
	}
	via, err := tunnel(host)
	b.tlsEnv = []string{"SSL_CERT_FILE=" + roots, "HTTPS_PROXY=" + via}
	return err
}

// name makes the name of a repository that is not there yet.
func (b *bench) name(word string) string {
	b.names++
	return fmt.Sprintf("%s/run-%d", word, b.names)
}

// once does what all runs share.
func (b *bench) once(what string, do func() error) error {
	if b.done[what] {
		return nil
	}
	b.done[what] = true
	return do()
}
