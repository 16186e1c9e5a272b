package main

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"syscall"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// The exit codes. They are part of the interface: README lists them.
const (
	exitDone        = 0
	exitFailure     = 1 // what none of the others says
	exitUsage       = 2 // the command line or the spec is wrong; nothing was written
	exitNotFound    = 3
	exitDenied      = 4
	exitUnverified  = 5
	exitRefused     = 6
	exitUnavailable = 7
	exitPartial     = 8
	exitInterrupt   = 130
	exitTerminate   = 143
)

// A problem is an error as the user sees it.
type problem struct {
	code    int
	message string
	hints   []string
}

// explain says what an error means to the user: the exit code, and what to do next.
func explain(ctx context.Context, err error) problem {
	p := problem{code: exitFailure, message: err.Error()}
	var stopped interrupted
	if errors.As(context.Cause(ctx), &stopped) {
		p.code = exitInterrupt
		if stopped.signal == syscall.SIGTERM {
			p.code = exitTerminate
		}
		p.message = stopped.Error() + ": " + p.message
		p.hints = []string{"no tag holds anything half-done; the same command again goes on from here"}
		return p
	}
	for _, e := range explanations {
		if e.matches(err) {
			p.code, p.hints = e.code, e.hints
			break
		}
	}
	return p
}

type explanation struct {
	matches func(error) bool
	code    int
	hints   []string
}

func is(class error) func(error) bool {
	return func(err error) bool { return errors.Is(err, class) }
}

func as[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// explanations are tried in this order: an error may be of several kinds.
var explanations = []explanation{
	{as[*registry.PartialError], exitPartial, []string{"the same command again moves the other tags"}},
	{as[usageError], exitUsage, []string{"see manifest-tool COMMAND --help"}},
	{as[*spec.Error], exitUsage, []string{"nothing was sent; mend the above and run it again"}},
	{as[*auth.ConfigError], exitUsage, []string{"mend the file, or name another one with --docker-cfg"}},
	{as[*auth.HelperError], exitDenied, []string{"install the helper, or log in anew with docker login"}},
	{is(registry.ErrInvalid), exitUsage, []string{"nothing was written; mend the spec and run it again"}},
	{is(registry.ErrDenied), exitDenied, []string{
		"log in with docker login or podman login, or give --username and --password-stdin for the registry that is pushed to"}},
	{is(registry.ErrUnverified), exitUnverified, []string{"what the other side sent cannot be trusted; --debug shows each request"}},
	{is(registry.ErrRefused), exitRefused, []string{"the words above are the registry's; --dry-run shows what it is sent"}},
	{is(registry.ErrNotFound), exitNotFound, []string{"check the name; push --ignore-missing leaves out images that do not exist"}},
	{is(http.ErrSchemeMismatch), exitUnavailable, []string{"the registry speaks plain http: --plain-http speaks it too"}},
	{as[x509.UnknownAuthorityError], exitUnavailable, []string{"the registry's certificate is signed by nobody known here: set SSL_CERT_FILE to its CA, or give --insecure"}},
	{is(registry.ErrUnavailable), exitUnavailable, []string{"it is safe to run the same command again"}},
}
