package remote

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
)

// A MisdirectedError is a place to which a registry sends us, and which may not be used or gives no answer.
type MisdirectedError struct {
	Header string // of the answer: Location or Link
	To     string // the URL, without its query
	// Own tells that the place is the registry itself, by its name or by its path, under an address by which
	// it cannot be reached: a proxy before it does not tell it the right one.
	Own bool
	Err error
}

func (e *MisdirectedError) Error() string {
	if network.Refused(e.Err) != nil { // the message names the place
		return e.Err.Error()
	}
	return fmt.Sprintf("the registry's %s sends us to %s: %v", e.Header, e.To, e.Err)
}

// Unwrap returns the cause.
func (e *MisdirectedError) Unwrap() error { return e.Err }

// misdirected says of an error that it is about a place to which the registry sends us.
func (h *host) misdirected(header string, to *url.URL, err error) error {
	own := strings.EqualFold(to.Hostname(), network.Hostname(h.registry.RegistryStr())) || strings.HasPrefix(to.Path, "/v2/")
	return &MisdirectedError{Header: header, To: redact(to), Own: own && unreached(err), Err: err}
}

// unreached tells that nobody answers at a place, or that it was not tried.
func unreached(err error) bool {
	var dial *net.OpError
	var handshake *network.TLSError
	return classified(err) || errors.As(err, &handshake) || errors.As(err, &dial) && dial.Op == "dial"
}

// notHTTPS refuses a place that is worse protected than who sends us there.
func (h *host) notHTTPS(header string, to *url.URL) error {
	return h.misdirected(header, to, registry.Errorf(registry.ErrUnverified, "it is not https: refused"))
}
