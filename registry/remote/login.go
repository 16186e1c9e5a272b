package remote

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// A Login is what a registry knew of us when it denied something.
type Login struct {
	Registry   name.Registry
	Credential string // what it was shown; empty if there was nothing to show
	Known      bool   // it accepted that, but does not allow what was asked for
}

// A LoginError is a registry, or its token server, that does not let us in with what there is.
type LoginError struct {
	Login
	Reason refusal.Reason // that the words of the token server give
	text   string
}

func (e *LoginError) Error() string { return e.Registry.RegistryStr() + ": " + e.text }

// Unwrap gives the class of the error.
func (e *LoginError) Unwrap() error { return registry.ErrDenied }

// ReasonOf returns the cause that the words of a registry, or of its token server, give for an error.
func ReasonOf(err error) refusal.Reason {
	var login *LoginError
	var answer *ResponseError
	switch {
	case errors.As(err, &login):
		return login.Reason
	case errors.As(err, &answer):
		return answer.Reason()
	}
	return refusal.NoReason
}

// LoginOf gives the login that an error is about, if it is about that.
func LoginOf(err error) (Login, bool) {
	var login *LoginError
	var answer *ResponseError
	switch {
	case errors.As(err, &login):
		return login.Login, true
	case errors.As(err, &answer) && answer.denied():
		return answer.Login, true
	}
	return Login{}, false
}

// denied is a registry that wants a login other than what there is.
func (c *client) denied(format string, args ...any) error {
	return &LoginError{Login: c.login(false), text: fmt.Sprintf(format, args...)}
}

// confused is a registry, or a token server, that does not speak as they should: no other login would help.
func (h *host) invalidLogin(format string, args ...any) error {
	return registry.Errorf(registry.ErrDenied, h.registry.RegistryStr()+": "+format, args...)
}

func (c *client) login(known bool) Login {
	l := Login{Registry: c.host.registry, Known: known}
	if !c.anonymous() {
		l.Credential = c.credentialName()
	}
	return l
}

// credentialName is what messages call the credential.
func (c *client) credentialName() string { return cmp.Or(c.credential.Name, "the credential") }
