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

// network is how registries are spoken to. A certificate of the command line is shown to the same one
// as a user name is: the first that the command names.
func (p *program) network(o globalOptions, named []spec.Place) (remote.Options, error) {
	settings, first := o.certs, mainPlace(named)
	settings.Getenv, settings.Etc = p.getenv, p.etc
	switch given := &settings.Given; {
	case given.CertFile != "" && first.Kind != spec.Registry:
		p.log.Warnf("--cert-file is not used: %s is no registry", first)
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
		UserAgent:      "manifest-tool/" + release(),
		Trace:          p.trace,
		Warn:           func(text string) { p.log.Warn(text) },
		Transport:      p.transport,
	}, nil
}

// trace tells of one exchange with a server.
func (p *program) trace(e remote.Exchange) {
	answer := strconv.Itoa(e.Status)
	if e.Err != nil {
		answer = e.Err.Error()
	}
	p.log.Debugf("%s %s: %s (%s)", e.Method, e.URL, answer, e.Took.Round(time.Millisecond))
}

// dockerHint is for a registry that docker speaks to, and we do not as its certificate is no good, or it
// has none: docker has been told to let that pass. What docker was told is not followed, as nothing but
// the command line lets secrets go where anybody may listen.
func (p *program) dockerHint(err error) (string, bool) {
	var handshake *remote.TLSError
	if !errors.As(err, &handshake) {
		return "", false
	}
	file, ok := certs.InsecureAtDocker(handshake.Host, certs.Options{Getenv: p.getenv, Etc: p.etc})
	return fmt.Sprintf("%s lets docker trust %s as it is: --insecure-registry %s does so here", file, handshake.Host, handshake.Host), ok
}
