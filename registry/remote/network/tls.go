package network

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
)

// A TLSError is a failed TLS handshake. Another try gives the same result.
type TLSError struct {
	Host string
	Err  error
}

func (e *TLSError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *TLSError) Unwrap() error { return e.Err }

// WantsCertificate reports whether the host asks for a client certificate, or for another one.
func (e *TLSError) WantsCertificate() bool {
	_, alert, ok := strings.Cut(e.Error(), "remote error: tls: ")
	return ok && strings.Contains(alert, "certificate")
}

// ClassifyTLS makes a [TLSError] of an invalid certificate, of a TLS alert, and of a host that does not speak TLS.
// It returns other errors unchanged.
func ClassifyTLS(host string, err error) error {
	var certificate *tls.CertificateVerificationError
	var op *net.OpError
	alert := errors.As(err, &op) && op.Op == "remote error"
	if alert || errors.As(err, &certificate) || errors.Is(err, http.ErrSchemeMismatch) {
		return &TLSError{Host: host, Err: err}
	}
	return err
}
