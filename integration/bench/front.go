package main

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// proxy stands before a registry, which makes its addresses of the name that the tool knows.
func proxy(registry string) http.Handler {
	target := &url.URL{Scheme: "http", Host: registry}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
			r.SetXForwarded()
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true},
		ErrorLog:  log.New(io.Discard, "", 0), // a tool that hangs up is its own affair
	}
}

// front serves at the other end of the wire, on a free port of loopback, and returns its host. With a
// certificate it speaks TLS and HTTP/2.
func (w *wire) front(server http.Handler, certificate *tls.Certificate) (host string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: w.over(server), ErrorLog: log.New(io.Discard, "", 0)}
	if certificate == nil {
		go s.Serve(listener{l, w})
	} else {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS13}
		go s.ServeTLS(listener{l, w}, "", "")
	}
	return l.Addr().String(), nil
}

// tunnel is what HTTPS_PROXY names: it leads every name to one host. With it a registry on loopback has
// a name that no tool takes for local, as most of them then try plain http first, or only.
func tunnel(host string) (proxyURL string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
			return
		}
		if err := splice(w, host); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})}
	go s.Serve(l)
	return "http://" + l.Addr().String(), nil
}

func splice(w http.ResponseWriter, host string) error {
	server, err := net.Dial("tcp", host)
	if err != nil {
		return err
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		server.Close()
		return err
	}
	if _, err := io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		client.Close()
	}
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			io.Copy(way[0], way[1])
			way[0].Close() // the other way ends with it
		}()
	}
	return nil
}
