package network

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
)

// A TLSError is a host with which no connection by TLS comes about. Another try will not change that.
type TLSError struct {
	Host string
	Err  error
}

func (e *TLSError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *TLSError) Unwrap() error { return e.Err }

// WantsCertificate tells that the host wants to see a certificate of ours, or another one.
func (e *TLSError) WantsCertificate() bool {
	_, alert, ok := strings.Cut(e.Error(), "remote error: tls: ")
	return ok && strings.Contains(alert, "certificate")
}

// byTLS recognises what is about TLS: our verdict on a certificate, that of the other side, or that there
// is nobody who speaks it.
func ClassifyTLS(host string, err error) error {
	var certificate *tls.CertificateVerificationError
	var op *net.OpError
	alert := errors.As(err, &op) && op.Op == "remote error"
	if alert || errors.As(err, &certificate) || errors.Is(err, http.ErrSchemeMismatch) {
		return &TLSError{Host: host, Err: err}
	}
	return err
}
