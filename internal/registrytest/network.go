package registrytest

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"
)

// A Network connects clients and servers of one process by the names of hosts, over plain HTTP and
// without sockets. In a bubble of package synctest nothing on it takes time but what is meant to.
type Network struct {
	// Latency is how long it takes to open a connection.
	Latency time.Duration

	over chan struct{} // closed when the network is

	mu      sync.Mutex
	hosts   map[string]listener
	servers []*http.Server
	dialled []string
	open    int
}

// NewNetwork returns a network without hosts.
func NewNetwork() *Network {
	return &Network{over: make(chan struct{}), hosts: map[string]listener{}}
}

// Serve puts a host on the network.
func (n *Network) Serve(host string, h http.Handler) {
	l := listener{make(chan net.Conn), make(chan struct{})}
	server := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	n.mu.Lock()
	n.hosts[host] = l
	n.servers = append(n.servers, server)
	n.mu.Unlock()
	go server.Serve(l)
}

// Close ends the servers, and with them what their handlers wait for.
func (n *Network) Close() {
	close(n.over)
	for _, server := range n.servers {
		server.Close()
	}
	time.Sleep(time.Minute) // for net/http, which closes at its leisure
}

// Over is closed when the network is: handlers that never answer wait for it.
func (n *Network) Over() <-chan struct{} { return n.over }

// Dialled lists the hosts that were asked for, known or not, in the order of their names.
func (n *Network) Dialled() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(n.dialled)))
}

// Open is how many connections clients have not closed.
func (n *Network) Open() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.open
}

// Transport returns a new transport on the network, without limits of its own.
func (n *Network) Transport() *http.Transport {
	return &http.Transport{DialContext: n.Dial, MaxIdleConnsPerHost: 100, DisableCompression: true}
}

// Dial connects to a host, whatever the port.
func (n *Network) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.dialled = append(n.dialled, host)
	l, ok := n.hosts[host]
	n.mu.Unlock()
	if !ok {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	}
	if n.Latency > 0 { // a timer that is over at once can crash Go 1.26 in a bubble under the race detector
		select {
		case <-time.After(n.Latency):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	ours, theirs := net.Pipe()
	line := &line{network: n}
	select {
	case l.conns <- &conn{Conn: theirs, line: line}:
		n.count(1)
		return &conn{Conn: ours, line: line, client: true}, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
}

func (n *Network) count(change int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.open += change
}

// A line is what both ends of a connection share.
type line struct {
	network *Network
	mu      sync.Mutex
	reset   bool
}

// broken is the error of a real connection for one of a pipe.
func (l *line) broken(op string, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.reset && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe)):
		return &net.OpError{Op: op, Net: "tcp", Err: syscall.ECONNRESET}
	case op == "write" && errors.Is(err, io.ErrClosedPipe):
		return &net.OpError{Op: op, Net: "tcp", Err: syscall.EPIPE}
	}
	return err
}

// A conn is one end of a connection.
type conn struct {
	net.Conn
	line   *line
	client bool
	closed sync.Once
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, c.line.broken("read", err)
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	return n, c.line.broken("write", err)
}

func (c *conn) Close() error {
	if c.client {
		c.closed.Do(func() { c.line.network.count(-1) })
	}
	return c.Conn.Close()
}

// Reset closes a connection as a crash does.
func (c *conn) Reset() {
	c.line.mu.Lock()
	c.line.reset = true
	c.line.mu.Unlock()
	c.Close()
}

// A listener waits for connections of a network.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l listener) Close() error   { close(l.closed); return nil }
func (l listener) Addr() net.Addr { return &net.TCPAddr{} }
