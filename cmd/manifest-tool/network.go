package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/manifest-tool/manifest-tool/certs"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

// network returns the options for connections to registries. A certificate of the command line is for the same
// registry as a user name: the main place of the command.
func (r *runner) network(o globalOptions, named places) (remote.Options, error) {
	settings, first := o.certs, named.main()
	settings.Getenv, settings.Etc = r.getenv, r.etc
	switch given := &settings.Given; {
	case given.CertFile != "" && first.Kind != spec.Registry:
		r.out.warnf("--cert-file is not used: %s is no registry", first)
	case given.CertFile != "":
		given.Host = first.Repository.RegistryStr()
	}
	store, err := certs.New(settings)
	if err != nil {
		return remote.Options{}, err
	}
	return remote.Options{
		PlainHTTP:      o.plainHTTP,
		Insecure:       o.insecure,
		PlainHTTPHosts: o.plainHosts,
		InsecureHosts:  o.insecureHosts,
		AllowRealms:    o.realms,
		TLS:            store.Config,
		Jobs:           o.jobs,
		UserAgent:      "manifest-tool/" + r.release(),
		Trace:          r.trace,
		Warn:           func(text string) { r.out.warn(text) },
		Transport:      r.transport,
	}, nil
}

// trace prints a request and its response, with --debug.
func (r *runner) trace(e remote.Exchange) {
	answer := strconv.Itoa(e.Status)
	if e.Err != nil {
		answer = e.Err.Error()
	}
	r.out.debugf("%s %s: %s (%s)", e.Method, e.URL, answer, e.Took.Round(time.Millisecond))
}

// dockerHint returns a hint for a registry whose certificate is not valid, or that has none, but that docker is
// configured to trust. That configuration is not followed: only the command line may send secrets over an insecure
// connection.
func (r *runner) dockerHint(err error) (string, bool) {
	var handshake *remote.TLSError
	if !errors.As(err, &handshake) {
		return "", false
	}
	file, ok := certs.InsecureAtDocker(handshake.Host, certs.Options{Getenv: r.getenv, Etc: r.etc})
	return fmt.Sprintf("%s lets docker trust %s as it is: --insecure-registry %s does so here", file, handshake.Host, handshake.Host), ok
}
