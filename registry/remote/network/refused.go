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
	return e.registry + " sends us to " + at + ", " + e.reach.String() + ", and is not there itself: refused (--allow-realm " + e.at + " lets it be)"
}

func (errNearer) Unwrap() error { return registry.ErrUnverified }

// errAway is the refusal of an address that is not on this machine, although the name stands for this machine.
type errAway struct {
	host string
	addr netip.Addr
}

func (e errAway) Error() string {
	return e.host + " is spoken to by plain http as its name stands for this machine, but it leads to " + e.addr.String() +
		": refused (--plain-http-registry " + e.host + " lets it be)"
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
