package network

import (
	"crypto/tls"
	"crypto/x509"
	"sync"
)

// tls returns the TLS configuration for a host. With --insecure, certificates are verified too: a valid one protects
// as well as without the flag, and another one leads to a warning.
func (n *Network) tls(host string) (*tls.Config, error) {
	name := host
	if n.isRegistry(host) {
		name = n.registry // as the user wrote it
	}
	config, err := n.options.TLS(n.registry, name)
	if err != nil || !n.AcceptsAnyCertificate(host) {
		return config, err
	}
	config.InsecureSkipVerify = true
	var once sync.Once
	config.VerifyConnection = func(state tls.ConnectionState) error {
		err := verify(state, Hostname(host), config.RootCAs)
		if err != nil {
			if n.isRegistry(host) {
				n.Unverified.Store(true)
			}
			once.Do(func() {
				n.options.Warn(host + ": accepting an invalid certificate (--insecure): " + err.Error())
			})
		}
		return nil
	}
	return config, nil
}

func verify(state tls.ConnectionState, name string, roots *x509.CertPool) error {
	options := x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(options)
	return err
}
