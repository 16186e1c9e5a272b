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

// A MisdirectedError concerns a URL in an answer of a registry: the URL is not allowed, or its host does not answer.
type MisdirectedError struct {
	Header string // of the answer: Location or Link
	To     string // the URL, without its query
	// Own means that the URL is the registry itself, by its name or its path, under an address that does not
	// answer: a reverse proxy passes the wrong host or scheme to the registry.
	Own bool
	Err error
}

func (e *MisdirectedError) Error() string {
	if network.Refused(e.Err) != nil { // the message names the place
		return e.Err.Error()
	}
	return fmt.Sprintf("the %s header of the registry leads to %s: %v", e.Header, e.To, e.Err)
}

// Unwrap returns the cause.
func (e *MisdirectedError) Unwrap() error { return e.Err }

// misdirected wraps an error that concerns a URL in an answer of the registry.
func (h *host) misdirected(header string, to *url.URL, err error) error {
	own := strings.EqualFold(to.Hostname(), network.Hostname(h.registry.RegistryStr())) || strings.HasPrefix(to.Path, "/v2/")
	return &MisdirectedError{Header: header, To: redact(to), Own: own && unreached(err), Err: err}
}

// unreached reports whether a host did not answer, or was not contacted.
func unreached(err error) bool {
	var dial *net.OpError
	var handshake *network.TLSError
	return classified(err) || errors.As(err, &handshake) || errors.As(err, &dial) && dial.Op == "dial"
}

// notHTTPS refuses a plain HTTP URL in an answer that came over https.
func (h *host) notHTTPS(header string, to *url.URL) error {
	return h.misdirected(header, to, registry.Errorf(registry.ErrUnverified, "the URL is not https"))
}
