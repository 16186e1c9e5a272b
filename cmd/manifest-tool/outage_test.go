package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// An outageTransport refuses connections to a host for a time, and counts the requests then.
type outageTransport struct {
	http.RoundTripper
	host     string
	from, to time.Time
	only     string // a part of the path; empty for all
	refused  atomic.Int32
}

func (o *outageTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	now := time.Now()
	if r.URL.Host != o.host || now.Before(o.from) || !now.Before(o.to) || !strings.Contains(r.URL.Path, o.only) {
		return o.RoundTripper.RoundTrip(r)
	}
	o.refused.Add(1)
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// A registry that is down costs a run over many images a few requests and one line. The images of other registries are
// pushed. A run survives an outage of less than a minute.
func TestOutage(t *testing.T) {
	const n, never = 200, time.Hour
	// Requests may be under way when the registry goes down: as many as --jobs allows, and those after which it counts as
	// down. Then one request is sent every three seconds.
	const atOnce = 32 + 5
	// Without an answer, only requests that processors send at the same moment come on top of the five.
	atFirst := 5 + 4*runtime.GOMAXPROCS(0)
	for name, test := range map[string]struct {
		after, lasts time.Duration
		options      registrytest.Options // of the registry that is down
		only         string
		refused      int // at most
		failed       int // of the images at the registry, at most; all is n
		lines        int // of stderr that name the registry, at most
		took         time.Duration
	}{
		"never up":                    {0, never, registrytest.Options{}, "", atFirst, n, 1, 3 * time.Second},
		"never up, with a login":      {0, never, withTokens, "", atFirst, n, 2, 3 * time.Second},
		"token server never up":       {0, never, withTokens, "/token", atFirst, n, 12, 9 * time.Second},
		"down in the middle":          {2 * time.Second, never, registrytest.Options{}, "", atOnce + 20, n, 5, 90 * time.Second},
		"down for 20 seconds":         {2 * time.Second, 20 * time.Second, registrytest.Options{}, "", atOnce + 7, 0, 1, 35 * time.Second},
		"down for 50 seconds, tokens": {2 * time.Second, 50 * time.Second, withTokens, "", atOnce + 17, 0, 2, 65 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				latency := 50 * time.Millisecond
				test.options.Latency = latency
				s := newStage(map[string]registrytest.Options{regHost: {Latency: latency}, otherHost: test.options}, nil)
				defer s.close()
				s.network.Latency = latency
				specs := manySources(t, s, otherHost, n) + manySources(t, s, regHost, 20)
				down := &outageTransport{host: otherHost, from: time.Now().Add(test.after), to: time.Now().Add(test.after + test.lasts), only: test.only}
				s.wrap = func(inner http.RoundTripper) http.RoundTripper { down.RoundTripper = inner; return down }
				file := filepath.Join(t.TempDir(), "specs.yaml")
				if err := os.WriteFile(file, []byte(specs), 0o600); err != nil {
					t.Fatal(err)
				}
				args := []string{"push", "from-spec", "--plain-http", "--quiet", file}
				if test.options.Users != nil {
					args = append(args, "--creds", otherHost+"=ci:"+test.options.Users["ci"])
				}
				o := s.run(t, "", args...)
				failed := n + 20 - strings.Count(o.stdout, "Digest: ")
				lines := strings.Count(o.stderr, otherHost)
				t.Logf("%d requests got no answer, %d images failed, %s, %d lines", down.refused.Load(), failed, o.took, lines)
				if int(down.refused.Load()) > test.refused || failed > test.failed || o.took > test.took || lines > test.lines {
					t.Errorf("%d requests got no answer, %d images failed, %s, %d lines\n%.3000s", down.refused.Load(), failed, o.took, lines, o.stderr)
				}
				waits := otherHost + " did not answer 5 requests: waiting up to 1m0s for the registry (dial tcp: connection refused)\n"
				if said := strings.Contains(o.stderr, waits); said != (test.after > 0) {
					t.Errorf("the wait is reported: %v\n%.2000s", said, o.stderr)
				}
				if at := strings.Count(o.stdout, regHost); at != 20 {
					t.Errorf("%d of 20 images are at the other registry", at)
				}
				if want := map[bool]int{true: output.ExitDone, false: output.ExitPartial}[failed == 0]; o.code != want {
					t.Errorf("exit %d, want %d", o.code, want)
				}
				if short := " images not tried: " + otherHost + " did not answer "; failed > 0 && test.only == "" && strings.Count(o.stderr, short) != 1 {
					t.Errorf("no line has %q\n%.2000s", short, o.stderr)
				}
			})
		})
	}
}

// A partTransport refuses some of the connections to a registry.
type partTransport struct {
	http.RoundTripper
	n atomic.Int32
}

func (p *partTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if n := p.n.Add(1); n%2 == 1 && n < 100 {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return p.RoundTripper.RoundTrip(r)
}

// A registry that answers every other request at first is not down, although the refusals come before the first answer.
func TestHalfARegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		latency := 50 * time.Millisecond
		s := newStage(map[string]registrytest.Options{regHost: {Latency: latency}}, nil)
		defer s.close()
		file := filepath.Join(t.TempDir(), "specs.yaml")
		if err := os.WriteFile(file, []byte(manySources(t, s, regHost, 100)), 0o600); err != nil {
			t.Fatal(err)
		}
		s.wrap = func(inner http.RoundTripper) http.RoundTripper { return &partTransport{RoundTripper: inner} }
		o := s.run(t, "", "push", "from-spec", "--plain-http", "--quiet", file)
		if done := strings.Count(o.stdout, "Digest: "); done < 95 {
			t.Errorf("%d of 100 images pushed\n%.2000s", done, o.stderr)
		}
	})
}
