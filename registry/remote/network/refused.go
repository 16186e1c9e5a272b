package network

import (
	"errors"
	"net/netip"

	"github.com/manifest-tool/manifest-tool/registry"
)

// errNearer is the refusal of an address that is closer than the registry.
type errNearer struct {
	registry, at string
	addr         netip.Addr
	reach        Reach
}

func (e errNearer) Error() string {
	at := Hostname(e.at) + " (" + e.addr.String() + ")"
	if Hostname(e.at) == e.addr.String() {
		at = Hostname(e.at)
	}
	return e.registry + " leads to " + at + ", which is " + e.reach.String() + ", but the registry is not (use --allow-realm " + e.at + " to allow this host)"
}

func (errNearer) Unwrap() error { return registry.ErrUnverified }

// errAway is the refusal of an address that is not on this machine, although the name means this machine.
type errAway struct {
	host string
	addr netip.Addr
}

func (e errAway) Error() string {
	return e.host + " is a name of this machine, but resolves to " + e.addr.String() +
		", which may be another machine (use --plain-http-registry " + e.host + " to contact it over plain http)"
}

func (errAway) Unwrap() error { return registry.ErrUnverified }

// Refused returns the refusal of an address from the causes of an error, or nil. Its message names the host.
func Refused(err error) error {
	var nearer errNearer
	var away errAway
	switch {
	case errors.As(err, &nearer):
		return nearer
	case errors.As(err, &away):
		return away
	}
	return nil
}
