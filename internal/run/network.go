package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/manifest-tool/manifest-tool/certs"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/registry/remote/cachedir"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
	"github.com/manifest-tool/manifest-tool/spec"
)

// network returns the options for connections to registries. A certificate of the command line is for the same
// registry as a user name: the main place of the command.
func (r *Runner) network(ctx context.Context, o GlobalOptions, named places) (remote.Options, error) {
	settings := certs.Options{
		CAFile: o.CAFile,
		Given:  certs.Given{CertFile: o.CertFile, KeyFile: o.KeyFile},
		Getenv: r.Getenv,
		Etc:    r.Etc,
	}
	switch first := named.main(); {
	case o.CertFile != "" && first.Kind != spec.Registry:
		r.out.Warnf("--cert-file is not used: %s is not on a registry", first)
	case o.CertFile != "":
		settings.Given.Host = first.Repository.RegistryStr()
	}
	r.warnOfUnusedRates(o.Rates, named)
	store, err := certs.New(ctx, settings)
	if err != nil {
		return remote.Options{}, err
	}
	cache, err := openCache(o.Cache)
	if err != nil {
		return remote.Options{}, err
	}
	return remote.Options{
		Cache:          cache,
		PlainHTTP:      o.PlainHTTP,
		Insecure:       o.Insecure,
		PlainHTTPHosts: o.PlainHosts,
		InsecureHosts:  o.InsecureHosts,
		AllowRealms:    o.Realms,
		Leaders:        named.leaders,
		Many:           named.many,
		TLS:            store.Config,
		Jobs:           o.Jobs,
		Rates:          o.Rates,
		UserAgent:      "manifest-tool/" + r.Release(),
		Secrets:        r.out.Secrets(),
		Trace:          r.trace,
		Warn:           func(text string) { r.out.Warn(text) },
		Transport:      r.Transport,
		Backoff:        r.Backoff,
	}, nil
}

// warnOfUnusedRates warns of rates for registries that the command does not use, because a name may be misspelled.
func (r *Runner) warnOfUnusedRates(rates map[string]Rates, named places) {
	used := map[string]bool{"": true}
	for _, use := range named.uses() {
		used[use.Repository.RegistryStr()] = true
	}
	for _, host := range slices.Sorted(maps.Keys(rates)) {
		if !used[host] && !named.more {
			r.out.Warnf("--rate for %s is not used: the command uses no registry of this name", host)
		}
	}
}

// openCache returns the cache in a folder. The folder need not exist, nor be writable.
func openCache(path string) (*cachedir.Dir, error) {
	if path == "" {
		return nil, nil
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return nil, output.Usagef("--cache: %s is not a folder", path)
	}
	return cachedir.New(path), nil
}

// trace prints a request and its response, with --debug.
func (r *Runner) trace(e remote.Exchange) {
	answer := strconv.Itoa(e.Status)
	if e.Err != nil {
		answer = e.Err.Error()
	}
	r.out.Debugf("%s %s: %s (%s)", e.Method, e.URL, answer, e.Took.Round(time.Millisecond))
}

// DockerHint returns a hint for a registry whose certificate is not valid, or that has none, but that docker is
// configured to trust. That configuration is not followed: only the command line may send secrets over an insecure
// connection.
func (r *Runner) DockerHint(err error) (string, bool) {
	var handshake *network.TLSError
	if !errors.As(err, &handshake) {
		return "", false
	}
	file, ok := certs.InsecureAtDocker(handshake.Host, certs.Options{Getenv: r.Getenv, Etc: r.Etc})
	return fmt.Sprintf("docker trusts %[2]s because of %[1]s: add --insecure-registry %[3]s to do the same here", file, handshake.Host, handshake.Host), ok
}
