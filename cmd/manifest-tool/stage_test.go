package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// The hosts of a stage. Nobody may speak to others, and to the last one only where a registry says so.
const (
	regHost   = "reg.test"
	otherHost = "other.test"
)

// A stage is a network in a bubble: two registries, and a host that registries lead to who mean it
// badly, or keep their blobs elsewhere.
type stage struct {
	network   *registrytest.Network
	registry  map[string]*registrytest.Registry
	elsewhere elsewhere
	environ   []string // of the program

	ctx    context.Context                           // the test's if nil
	stdout io.Writer                                 // kept if nil
	wrap   func(http.RoundTripper) http.RoundTripper // between the program and the network, if set
}

// newStage builds a stage, with registries that hold what is in the snapshots. It has to be closed
// before the bubble ends.
func newStage(options map[string]registrytest.Options, held map[string]registrytest.Snapshot) *stage {
	s := &stage{network: registrytest.NewNetwork(), registry: map[string]*registrytest.Registry{}}
	for _, host := range []string{regHost, otherHost} {
		g := held[host].NewRegistry(options[host])
		s.registry[host] = g
		s.network.Serve(host, g)
		s.network.Serve("open."+host, g.Open()) // for the walker
		s.elsewhere.Handle("/"+host+"/", http.StripPrefix("/"+host, g.Open()))
	}
	s.network.Serve(registrytest.Elsewhere, &s.elsewhere)
	return s
}

func (s *stage) close() { s.network.Close() }

// snapshots is what the registries hold now.
func (s *stage) snapshots() map[string]registrytest.Snapshot {
	held := map[string]registrytest.Snapshot{}
	for host, g := range s.registry {
		held[host] = g.Snapshot()
	}
	return held
}

// requests is what all registries were asked, in no order.
func (s *stage) requests() []registrytest.Request {
	var all []registrytest.Request
	for _, host := range slices.Sorted(maps.Keys(s.registry)) {
		all = append(all, s.registry[host].Requests()...)
	}
	return all
}

// calm ends all faults, and forgets all requests.
func (s *stage) calm() {
	for _, g := range s.registry {
		g.Intercept(nil)
		g.ResetRequests()
	}
}

// walk looks at a tag, or digest, past all faults.
func (s *stage) walk(host, repository, reference string) registrytest.Reached {
	transport := s.network.Transport()
	defer transport.CloseIdleConnections()
	return registrytest.Walker{Client: &http.Client{Transport: transport}}.Walk("open."+host, repository, reference)
}

// about is what there is about an image at the target, past all faults.
func (s *stage) about(t *testing.T, repository, digest string) []string {
	return s.aboutAt(t, "open."+regHost, repository, digest)
}

// aboutAt is the same at any host.
func (s *stage) aboutAt(t *testing.T, host, repository, digest string) []string {
	transport := s.network.Transport()
	defer transport.CloseIdleConnections()
	about, err := registrytest.Walker{Client: &http.Client{Transport: transport}}.About(host, repository, digest)
	if err != nil {
		t.Error(err)
	}
	return about
}

// An outcome is what the program did, as its user sees it.
type outcome struct {
	code           int
	stdout, stderr string
	took           time.Duration
	open           int // connections that it left open
}

// run runs the program.
func (s *stage) run(t *testing.T, stdin string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	transport := s.network.Transport()
	w := cli.Env{Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr, Environ: s.environ, Transport: transport}
	if s.stdout != nil {
		w.Stdout = s.stdout
	}
	if s.wrap != nil {
		w.Transport = s.wrap(transport)
	}
	ctx := s.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	before, start := s.network.Open(), time.Now()
	code := cli.Execute(ctx, append([]string{"manifest-tool"}, args...), w)
	o := outcome{code: code, stdout: stdout.String(), stderr: stderr.String(), took: time.Since(start)}
	transport.CloseIdleConnections()
	time.Sleep(time.Second) // what is over has to be over
	o.open = s.network.Open() - before
	return o
}

// elsewhere writes down what secrets it is sent.
type elsewhere struct {
	http.ServeMux
	mu     sync.Mutex
	stolen []string
	writes int
}

func (e *elsewhere) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	for key, values := range r.Header {
		if key == "Authorization" || strings.Contains(strings.Join(values, ""), registrytest.Canary) {
			e.stolen = append(e.stolen, key+": "+strings.Join(values, ", "))
		}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		e.writes++
	}
	e.mu.Unlock()
	e.ServeMux.ServeHTTP(w, r)
}
