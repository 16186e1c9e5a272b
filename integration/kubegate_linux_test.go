package integration

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A gate stands before a registry: it wants a login, counts the manifests that are put, and can hold all requests or refuse
// them.
type gate struct {
	host    string
	puts    atomic.Int32
	refused atomic.Int32
	refuses atomic.Bool
	hold    *hold
}

const robot, robotPassword = "robot", "sesame"

// openGate puts a gate before a registry until the test ends. Gates with one hold are closed together.
func openGate(t testing.TB, registry string, h *hold) *gate {
	t.Helper()
	g := &gate{hold: h}
	silent := log.New(io.Discard, "", 0) // it would tell of each pod that was killed
	forward := &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", registry },
		Transport:    forwarding,
		ErrorLog:     silent,
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.admit(w, r) {
			forward.ServeHTTP(w, r)
		}
	}))
	server.Config.ErrorLog = silent
	server.Start()
	t.Cleanup(func() {
		h.open()
		server.Close()
	})
	g.host = server.Listener.Addr().String()
	return g
}

// admit answers the requests that do not reach the registry. While the gate refuses, every second one gets a 503, and the
// connections of the others break.
func (g *gate) admit(w http.ResponseWriter, r *http.Request) bool {
	if g.refuses.Load() {
		if g.refused.Add(1)%2 == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return false
	}
	if user, password, _ := r.BasicAuth(); user != robot || password != robotPassword {
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
	if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") {
		g.puts.Add(1)
		g.hold.count()
	}
	return g.hold.pass(r)
}

// A hold stops all requests after a number of PUTs of manifests, until it is opened.
type hold struct {
	after   int32
	puts    atomic.Int32
	reached chan struct{} // closed when requests are held
	opened  chan struct{}
	once    [2]sync.Once
}

func newHold(after int32) *hold {
	return &hold{after: after, reached: make(chan struct{}), opened: make(chan struct{})}
}

func (h *hold) count() {
	if h.puts.Add(1) == h.after {
		h.once[0].Do(func() { close(h.reached) })
	}
}

// pass waits while requests are held, and reports whether the client is still there.
func (h *hold) pass(r *http.Request) bool {
	if isClosed(h.reached) && !isClosed(h.opened) {
		select {
		case <-h.opened:
		case <-r.Context().Done():
			return false
		}
	}
	time.Sleep(2 * time.Millisecond) // a registry that is not on loopback takes a while
	return true
}

func (h *hold) open() { h.once[1].Do(func() { close(h.opened) }) }
