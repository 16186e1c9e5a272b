package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	portAttempts = 5
	readyTime    = 30 * time.Second
	stopTime     = 5 * time.Second
)

// starting lets one server of this process at a time look for a port, so that they never race each other.
var starting sync.Mutex

// serve runs a registry on a free loopback port until the test ends, and returns its host once it answers.
// Between finding a port and using it another program can take it: then the next port is tried.
func serve(t testing.TB, command func(ctx context.Context, host string) *exec.Cmd) string {
	t.Helper()
	return serveTo(t, pinger{scheme: "http"}, command)
}

// serveTo is serve for a registry that not everybody can speak to.
func serveTo(t testing.TB, p pinger, command func(ctx context.Context, host string) *exec.Cmd) string {
	t.Helper()
	starting.Lock()
	defer starting.Unlock()
	for range portAttempts {
		host := freeHost(t)
		ctx, stop := lifetime(t)
		s := start(t, command(ctx, host), stop)
		err := s.ready(p, host)
		if err == nil {
			return host
		}
		if !strings.Contains(strings.ToLower(s.tail()), "address already in use") {
			t.Fatalf("on %s: %v", host, err)
		}
	}
	t.Fatalf("lost the race for a port %d times", portAttempts)
	return ""
}

// Ports for servers are below those that a system gives to programs that ask for any: 32768 and more on Linux, 49152 and
// more elsewhere. Another test that got such a port would answer in place of a server that is about to fail.
const (
	firstPort = 12000
	lastPort  = 31999
)

// lastTried is the port that freeHost tried last. Processes begin at different ports.
var lastTried atomic.Int64

func init() { lastTried.Store(rand.Int64N(lastPort - firstPort)) }

// freeHost returns an address on which nobody listens, another one each time.
func freeHost(t testing.TB) string {
	t.Helper()
	for range lastPort - firstPort {
		port := firstPort + int(lastTried.Add(1))%(lastPort-firstPort+1)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// lifetime ends a moment before go test's own timeout: that one panics, without the cleanups that stop a server.
func lifetime(t testing.TB) (context.Context, context.CancelFunc) {
	if t, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if end, ok := t.Deadline(); ok {
			return context.WithDeadline(context.Background(), end.Add(-time.Second))
		}
	}
	return context.WithCancel(context.Background())
}

// A server is the process of a registry.
type server struct {
	log    string        // the file that it writes to
	exited chan struct{} // closed when the process is gone
}

// start runs a command until the test ends. If the test failed the end of its log is shown.
func start(t testing.TB, cmd *exec.Cmd, stop context.CancelFunc) *server {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), "server-*.log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() // the process has its own handle
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{log: log.Name(), exited: make(chan struct{})}
	go func() {
		cmd.Wait()
		close(s.exited)
	}()
	t.Cleanup(func() {
		stop()
		select {
		case <-s.exited:
		case <-time.After(stopTime):
			t.Errorf("%s, pid %d, was killed and is still there after %v", cmd.Path, cmd.Process.Pid, stopTime)
		}
		if t.Failed() {
			t.Logf("the end of the log of %s:\n%s", cmd, s.tail())
		}
	})
	return s
}

// ready waits until the registry answers.
func (s *server) ready(p pinger, host string) error {
	timeout := time.After(readyTime)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := p.ping(host)
		select {
		case <-s.exited: // first: the answer may be that of the program that has our port
			return errors.New("it ended before it answered")
		default:
		}
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-timeout:
			return fmt.Errorf("no answer within %v: %w", readyTime, err)
		}
	}
}

// A pinger asks a registry whether it is there.
type pinger struct {
	scheme    string
	transport http.RoundTripper // net/http's own if nil
}

func (p pinger) ping(host string) error {
	client := http.Client{Timeout: time.Second, Transport: p.transport}
	resp, err := client.Get(p.scheme + "://" + host + "/v2/")
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("GET /v2/: %s", resp.Status)
	}
	return nil
}

// tail returns the last lines of the log.
func (s *server) tail() string {
	log, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	lines := bytes.SplitAfter(log, []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-20):], nil))
}
