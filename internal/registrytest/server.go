package registrytest

import (
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A Server is a Registry that listens on the loopback interface.
type Server struct {
	*Registry
	http *httptest.Server
}

// New starts a registry for the time of a test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	registry := NewRegistry(o)
	server := httptest.NewUnstartedServer(registry)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // broken connections are what tests are about
	if o.TLS {
		server.EnableHTTP2 = true
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(func() {
		server.CloseClientConnections() // ends handlers that wait for their request's context
		server.Close()
	})
	return &Server{Registry: registry, http: server}
}

// Host is the address as it stands in image references: 127.0.0.1 and a port.
func (s *Server) Host() string { return s.http.Listener.Addr().String() }

// URL is the scheme and host, without a slash at the end.
func (s *Server) URL() string { return s.http.URL }

// Client returns a client that trusts the server's certificate.
func (s *Server) Client() *http.Client { return s.http.Client() }

// Certificate is what the server shows its clients; nil without TLS.
func (s *Server) Certificate() *x509.Certificate { return s.http.Certificate() }
