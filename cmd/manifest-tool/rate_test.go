package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A limiter refuses requests beyond a number in a window, as registries do.
type limiter struct {
	limit  int
	window time.Duration
	counts func(*http.Request) bool                       // nil: all requests
	header func(h http.Header, left int, reset time.Time) // nil: the answers do not say what is left
	learns bool                                           // the first window may have refusals

	mu      sync.Mutex
	end     time.Time
	used    int // in this window
	most    int // in any window
	all     int
	windows int
	refused []time.Time
}

func (l *limiter) intercept(w http.ResponseWriter, r *http.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts != nil && !l.counts(r) {
		return false
	}
	now := time.Now()
	if !now.Before(l.end) {
		l.end, l.used = now.Truncate(l.window).Add(l.window), 0
		l.windows++
	}
	l.used, l.all = l.used+1, l.all+1
	l.most = max(l.most, l.used)
	if l.header != nil {
		l.header(w.Header(), max(l.limit-l.used, 0), l.end)
	}
	if l.used <= l.limit {
		return false
	}
	if !l.learns || l.windows > 1 {
		l.refused = append(l.refused, now)
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(l.end.Sub(now).Seconds())+1))
	w.WriteHeader(http.StatusTooManyRequests)
	return true
}

// manySources fills the repository app with images, and returns specs that make indexes of four of them.
func manySources(t *testing.T, s *stage, host string, n int) string {
	var specs strings.Builder
	for i := range n {
		fmt.Fprintf(&specs, "---\nimage: %s/app:1.%d\nmanifests:\n", host, i)
		for _, arch := range []string{"amd64", "arm64", "s390x", "ppc64le"} {
			tag := fmt.Sprintf("1.%d-%s", i, arch)
			s.registry[host].Push(t, "app", tag, registrytest.Image{Architecture: arch, Seed: fmt.Sprint(i)}.Build())
			fmt.Fprintf(&specs, "- image: %s/app:%s\n", host, tag)
		}
	}
	return specs.String()
}

func draftHeader(h http.Header, left int, reset time.Time) {
	h.Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%d`, left, int(time.Until(reset).Seconds())))
	h.Set("RateLimit-Policy", `"default";q=100;w=10`)
}

// namedHeader returns a function that sets X-RateLimit-*, as GitHub does.
func namedHeader(limit int) func(h http.Header, left int, reset time.Time) {
	return func(h http.Header, left int, reset time.Time) {
		h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
		h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
		h.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	}
}

// A run over many images stays within the limits of a registry, which it learns from --rate or from the answers: it is
// not refused, and takes about as long as the limit makes it.
func TestStaysWithinLimits(t *testing.T) {
	const latency = 50 * time.Millisecond
	for name, test := range map[string]struct {
		*limiter
		flags []string
		slack time.Duration // beyond the ideal time
	}{
		"rate":             {&limiter{limit: 300, window: time.Minute}, []string{"--rate", "reg.test=300/m"}, 3 * time.Second},
		"rate for all":     {&limiter{limit: 50, window: time.Second}, []string{"--rate", "50/s"}, 3 * time.Second},
		"rate, few":        {&limiter{limit: 5, window: time.Second}, []string{"--rate", "reg.test=5/s"}, 3 * time.Second},
		"rate for writes":  {&limiter{limit: 60, window: time.Minute, counts: func(r *http.Request) bool { return r.Method == http.MethodPut }}, []string{"--rate", "reg.test=60/m:writes"}, 3 * time.Second},
		"header of draft":  {&limiter{limit: 100, window: 10 * time.Second, header: draftHeader}, nil, 15 * time.Second},
		"fewer than jobs":  {&limiter{limit: 20, window: 10 * time.Second, header: namedHeader(20), learns: true}, nil, 15 * time.Second},
		"header of GitHub": {&limiter{limit: 100, window: 10 * time.Second, header: namedHeader(100)}, nil, 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(scenario{options: registrytest.Options{Latency: latency}}.hostOptions(), nil)
				defer s.close()
				s.network.Latency = latency
				specs := manySources(t, s, regHost, 50)
				s.registry[regHost].Intercept(test.intercept)
				o := s.run(t, specs, append([]string{"push", "from-spec", "--plain-http", "-"}, test.flags...)...)
				if o.code != output.ExitDone || strings.Count(o.stdout, "Digest: ") != 50 {
					t.Fatalf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
				}
				ideal := time.Duration(test.all) * test.window / time.Duration(test.limit)
				t.Logf("%d requests in %s, ideally %s; %d in a window, %d refused", test.all, o.took, ideal, test.most, len(test.refused))
				if len(test.refused) > 0 || o.took > ideal+test.slack {
					t.Errorf("%d requests in %s, ideally %s; %d were refused", test.all, o.took, ideal, len(test.refused))
				}
				if told := strings.Contains(o.stderr, "warning: reg.test: waits "); told != (test.header != nil) {
					t.Errorf("a rest is reported: %v", told)
				}
			})
		})
	}
}

// A registry that rests does not stop the work at another one, and is named with the end of its rest.
func TestRestOfOneRegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency, rest = 50 * time.Millisecond, 50 * time.Second
		s := newStage(scenario{options: registrytest.Options{Latency: latency}}.hostOptions(), nil)
		defer s.close()
		s.network.Latency = latency
		specs := manySources(t, s, otherHost, 20) + manySources(t, s, regHost, 100)
		for i := range 20 { // copies from one to the other
			specs += fmt.Sprintf("---\nimage: reg.test/copy:1.%d\nmanifests:\n- image: other.test/app:1.%d-arm64\n", i, i)
		}
		start := time.Now()
		s.registry[otherHost].Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if time.Since(start) >= rest || time.Since(start) < 200*time.Millisecond {
				return false
			}
			w.Header().Set("Retry-After", strconv.Itoa(int((rest-time.Since(start)).Seconds())+1))
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		})
		o := s.run(t, specs, "push", "from-spec", "--plain-http", "--debug", "-")
		if o.code != output.ExitDone || strings.Count(o.stdout, "Digest: ") != 140 {
			t.Fatalf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
		}
		var last time.Duration
		for _, r := range s.registry[regHost].Requests() {
			if strings.HasPrefix(r.Path, "/v2/app/") {
				last = max(last, r.End.Sub(start))
			}
		}
		until := start.Add(rest).Format(time.TimeOnly)
		t.Logf("%s in all; the other registry was done after %s", o.took, last)
		if last > 15*time.Second || o.took < rest {
			t.Errorf("the other registry was done after %s of %s", last, o.took)
		}
		for _, want := range []string{"other.test: waits 50s until " + until, "other.test rests until " + until} {
			if !strings.Contains(o.stderr, want) {
				t.Errorf("stderr does not have %q\n%s", want, regexp.MustCompile(`.*(rests|waits).*`).FindAllString(o.stderr, 5))
			}
		}
	})
}

// The progress of a run over many images says how far the run is, and once that a registry rests, although it refuses many
// requests.
func TestProgressOfRestingRegistry(t *testing.T) {
	for _, mode := range []string{"auto", "plain"} {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const latency, rest = 50 * time.Millisecond, 40 * time.Second
				s := newStage(scenario{options: registrytest.Options{Latency: latency}}.hostOptions(), nil)
				defer s.close()
				s.network.Latency = latency
				specs := manySources(t, s, regHost, 100)
				start := time.Now()
				var refused atomic.Int32
				s.registry[regHost].Intercept(func(w http.ResponseWriter, r *http.Request) bool {
					over := time.Since(start) >= rest || time.Since(start) < 400*time.Millisecond
					if !over {
						time.Sleep(time.Duration(refused.Add(1)) * 7 * time.Millisecond) // each pause ends at a time of its own
						w.Header().Set("Retry-After", "30")
						w.WriteHeader(http.StatusTooManyRequests)
					}
					return !over
				})
				o := s.run(t, specs, "push", "from-spec", "--plain-http", "--quiet", "--progress", mode, "-")
				if o.code != output.ExitDone {
					t.Fatalf("exit %d\n%s", o.code, o.stderr)
				}
				waits, lines := strings.Count(o.stderr, "reg.test: waits "), strings.Count(o.stderr, "\n")
				t.Logf("%d requests were refused in %s; %d lines, %d about waits", refused.Load(), o.took, lines, waits)
				if waits == 0 || waits > 4 || lines > 8 {
					t.Errorf("%d lines, %d about waits:\n%s", lines, waits, o.stderr)
				}
				last := regexp.MustCompile(`manifest-tool: images: 100 of 100, [0-9.]+(/s|/min)(, [0-9.]+ kB sent)?\n$`)
				if mode == "plain" != last.MatchString(o.stderr) {
					t.Errorf("the last line is not about all images:\n%s", o.stderr)
				}
			})
		})
	}
}

// Many images of a registry with a low rate, or one that rests, do not hold up the images of another registry, also where
// they come first in the run.
func TestRestHoldsUpNoOther(t *testing.T) {
	for name, test := range map[string]struct {
		flags []string
		rests time.Duration
	}{
		"rate": {[]string{"--rate", "other.test=5/s"}, 0},
		"429":  {nil, 50 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const latency = 50 * time.Millisecond
				s := newStage(scenario{options: registrytest.Options{Latency: latency}}.hostOptions(), nil)
				defer s.close()
				s.network.Latency = latency
				specs := manySources(t, s, otherHost, 100) + manySources(t, s, regHost, 50)
				for i := range 100 { // copies from the registry that rests
					specs += fmt.Sprintf("---\nimage: reg.test/copy:1.%d\nmanifests:\n- image: other.test/app:1.%d-arm64\n", i, i)
				}
				specs += "---\nimage: other.test/last:1\nmanifests:\n- image: reg.test/app:1.7\n" // which waits for another lane
				start := time.Now()
				s.registry[otherHost].Intercept(func(w http.ResponseWriter, r *http.Request) bool {
					rests := time.Since(start) > 200*time.Millisecond && time.Since(start) < test.rests
					if rests {
						w.Header().Set("Retry-After", strconv.Itoa(int((test.rests-time.Since(start)).Seconds())+1))
						w.WriteHeader(http.StatusTooManyRequests)
					}
					return rests
				})
				o := s.run(t, specs, append([]string{"push", "from-spec", "--plain-http", "--quiet", "-"}, test.flags...)...)
				if o.code != output.ExitDone || strings.Count(o.stdout, "Digest: ") != 251 {
					t.Fatalf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
				}
				var last time.Duration
				for _, r := range s.registry[regHost].Requests() {
					if strings.HasPrefix(r.Path, "/v2/app/") && r.Method == http.MethodPut {
						last = max(last, r.End.Sub(start))
					}
				}
				t.Logf("%s in all; the images of the other registry were pushed after %s", o.took, last)
				if last > 5*time.Second || o.took < 40*time.Second {
					t.Errorf("the images of the other registry were pushed after %s of %s", last, o.took)
				}
			})
		})
	}
}
