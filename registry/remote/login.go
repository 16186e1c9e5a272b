package remote

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// A Login is the login of a request that a registry refused.
type Login struct {
	Registry   name.Registry
	Credential string // the name of the credential; empty if there is none
	Known      bool   // the registry accepted the credential, but does not allow the request
}

// A LoginError is the refusal of a login by a registry or its token server.
type LoginError struct {
	Login
	Reason  refusal.Reason // from the answer of the token server
	text    string
	tooLong bool // see refusesLength
	others  bool // the token server may grant tokens for other repositories
}

func (e *LoginError) Error() string { return e.Registry.RegistryStr() + ": " + e.text }

// Unwrap returns the class.
func (e *LoginError) Unwrap() error { return registry.ErrDenied }

// ReasonOf returns the reason that a registry or its token server gives for an error.
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

// LoginOf returns the login that an error concerns, if it concerns one.
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

// denied is the error for a missing or wrong login.
func (c *client) denied(format string, args ...any) error {
	return &LoginError{Login: c.login(false), text: fmt.Sprintf(format, args...)}
}

// invalidLogin is the error for a registry or token server that does not follow the protocol. Another login does not
// help.
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

// credentialName returns the name of the credential for messages.
func (c *client) credentialName() string { return cmp.Or(c.credential.Name, "the credential") }
