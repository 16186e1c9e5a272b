package registrytest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// inBubble runs a test on a network with one registry, and a client of it.
func inBubble(t *testing.T, o Options, f func(t *testing.T, n *Network, g *Registry, c *http.Client)) {
	synctest.Test(t, func(t *testing.T) {
		n, g := NewNetwork(), NewRegistry(o)
		defer n.Close()
		n.Serve("reg.test", g)
		transport := n.Transport()
		defer transport.CloseIdleConnections()
		f(t, n, g, &http.Client{Transport: transport})
	})
}

func TestNetworkTakesItsTime(t *testing.T) {
	inBubble(t, Options{Latency: 50 * time.Millisecond}, func(t *testing.T, n *Network, g *Registry, c *http.Client) {
		n.Latency = 30 * time.Millisecond
		start := time.Now()
		for range 3 {
			resp, err := c.Get("http://reg.test/v2/")
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		equal(t, "time", time.Since(start), 3*50*time.Millisecond+30*time.Millisecond)
		equal(t, "chain", Chain(g.Requests()), 3)
		equal(t, "at once", AtOnce(g.Requests()), 1)
		equal(t, "connections", n.Open(), 1)
		_, err := c.Get("http://stranger.test/")
		if err == nil || strings.Join(n.Dialled(), " ") != "reg.test stranger.test" {
			t.Errorf("%v, %v", err, n.Dialled())
		}
	})
}

func TestNetworkResets(t *testing.T) {
	inBubble(t, Options{}, func(t *testing.T, n *Network, g *Registry, c *http.Client) {
		happened := g.Inject(n.Over(), At("GET /v2/"), 1, NewFault("a reset", HangUp).For(1))
		_, err := c.Get("http://reg.test/v2/")
		if !errors.Is(err, syscall.ECONNRESET) || happened() != 1 || n.Open() != 0 {
			t.Errorf("error %v, %d times, %d connections", err, happened(), n.Open())
		}
		resp, err := c.Get("http://reg.test/v2/")
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("then: %v", err)
		}
		resp.Body.Close()
	})
}

func TestChain(t *testing.T) {
	at := func(start, end int) Request {
		var zero time.Time
		return Request{Start: zero.Add(time.Duration(start)), End: zero.Add(time.Duration(end))}
	}
	for _, test := range []struct {
		requests      []Request
		chain, atOnce int
	}{
		{nil, 0, 0},
		{[]Request{at(1, 2), at(2, 3), at(3, 4)}, 3, 1},
		{[]Request{at(1, 4), at(2, 5), at(3, 6)}, 1, 3},
		{[]Request{at(1, 9), at(1, 2), at(2, 4), at(4, 5), at(9, 10)}, 4, 2},
	} {
		equal(t, "chain", Chain(test.requests), test.chain)
		equal(t, "at once", AtOnce(test.requests), test.atOnce)
	}
}

// A walk finds what is missing and what is wrong.
func TestWalk(t *testing.T) {
	image := Image{Layers: 2}.Build()
	for name, spoil := range map[string]func(g *Registry, digest string){
		"":         func(*Registry, string) {},
		"missing":  func(g *Registry, digest string) { g.DeleteBlob("app", digest) },
		"wrong":    func(g *Registry, digest string) { g.store.repositories["app"].blobs[digest] = []byte("x") },
		"no child": func(g *Registry, _ string) { g.DeleteManifest("app", image.Digest) },
	} {
		inBubble(t, Options{}, func(t *testing.T, _ *Network, g *Registry, c *http.Client) {
			g.Push(t, "app", "1", Index(false, image))
			for digest := range image.Blobs {
				spoil(g, digest)
				break
			}
			found := Walker{c}.Walk("reg.test", "app", "1")
			equal(t, name+": wrong", len(found.Wrong) > 0, name != "")
			equal(t, name+": objects", found.Objects, map[string]int{"": 5, "missing": 4, "wrong": 4, "no child": 1}[name])
		})
	}
}

// Every fault has a name of its own and a class, and happens.
func TestFaults(t *testing.T) {
	names := map[string]bool{}
	for _, f := range Faults() {
		if names[f.Name] || f.Class == "" || f.do == nil {
			t.Errorf("%q: class %q", f.Name, f.Class)
		}
		names[f.Name] = true
	}
	if len(names) < 100 {
		t.Errorf("%d faults", len(names))
	}
}

func TestSnapshot(t *testing.T) {
	g, image := NewRegistry(Options{}), Image{}.Build()
	g.Push(t, "app", "1", image)
	snapshot := g.Snapshot()
	g.DeleteManifest("app", image.Digest)
	equal(t, "gone", len(snapshot.Gone(g)), 1)
	equal(t, "gone from a new one", len(snapshot.NewRegistry(Options{}).Snapshot().Gone(g)), 1)
	if err := snapshot.NewRegistry(Options{}).Complete("app", "1"); err != nil {
		t.Error(err)
	}
}
