package main

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// A wire is the distance between a tool and all servers. It writes down what goes over it.
type wire struct {
	mu          sync.Mutex
	delay       time.Duration // of each request
	connect     time.Duration // of each new connection
	requests    []*request
	connections int
}

// reset forgets what went over the wire and sets how long it is.
func (w *wire) reset(delay, connect time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delay, w.connect, w.requests, w.connections = delay, connect, nil, 0
}

// seen returns what went over the wire. A request whose answer nobody waited for ends now.
func (w *wire) seen() (requests []request, connections int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.requests {
		if r.end.IsZero() {
			r.end = time.Now()
		}
		requests = append(requests, *r)
	}
	return requests, w.connections
}

// over puts a server at the other end of the wire.
func (w *wire) over(server http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		entry := &request{method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, start: time.Now()}
		w.mu.Lock()
		w.requests = append(w.requests, entry)
		delay := w.delay
		w.mu.Unlock()
		time.Sleep(delay)
		server.ServeHTTP(&stamp{rw, w, entry}, r)
	})
}

// A stamp notes when an answer goes out, always before the client can have it: what the client does
// then starts after that.
type stamp struct {
	http.ResponseWriter
	wire  *wire
	entry *request
}

func (s *stamp) WriteHeader(status int) {
	s.note(status)
	s.ResponseWriter.WriteHeader(status)
}

func (s *stamp) Write(p []byte) (int, error) {
	s.note(0)
	return s.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (s *stamp) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *stamp) note(status int) {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	s.entry.end = time.Now()
	if status != 0 {
		s.entry.status = status
	}
}

// A listener delays what comes over each new connection.
type listener struct {
	net.Listener
	wire *wire
}

func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.wire.mu.Lock()
	defer l.wire.mu.Unlock()
	l.wire.connections++
	return &slowConn{conn, time.Now().Add(l.wire.connect)}, nil
}

type slowConn struct {
	net.Conn
	ready time.Time
}

func (c *slowConn) Read(p []byte) (int, error) {
	time.Sleep(time.Until(c.ready))
	return c.Conn.Read(p)
}
