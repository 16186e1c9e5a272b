//go:build linux

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// slowTarget is a registry that takes its time for each blob, and is overloaded once.
func slowTarget(t *testing.T) *registrytest.Server {
	target := registrytest.New(t, registrytest.Options{})
	var busy atomic.Bool
	target.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/blobs/"):
			time.Sleep(500 * time.Millisecond)
		case r.Method == http.MethodPut && busy.CompareAndSwap(false, true):
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	return target
}

func TestProgressOnTerminal(t *testing.T) {
	source := registrytest.New(t, registrytest.Options{})
	source.Push(t, "app", "amd64", registrytest.Image{Layers: 3, LayerSize: 300_000}.Build())
	for name, tt := range map[string]struct {
		columns int
		env     []string
		shown   bool
	}{
		"80 columns":  {80, nil, true},
		"140 columns": {140, nil, true},
		"NO_COLOR":    {80, []string{"NO_COLOR=1"}, true},
		"CI":          {80, []string{"CI=true"}, false},
		"dumb":        {80, []string{"TERM=dumb"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := slowTarget(t)
			s := startOnTerminal(t, tt.columns, tt.env, "copy", source.Host()+"/app:amd64", target.Host()+"/copy:1")
			code, text := s.wait(t)
			if code != output.ExitDone {
				t.Fatalf("exit %d\n%s", code, text)
			}
			for _, want := range []string{target.Host() + "  [", " of 905.2 kB", "waits 1s until ", "try 2 of 5: 503 Service Unavailable"} {
				if strings.Contains(text, want) != tt.shown {
					t.Errorf("it shows %q: %v\n%q", want, !tt.shown, text)
				}
			}
			if tt.shown && !regexp.MustCompile(`[0-9.]+ [kM]?B/s`).MatchString(text) {
				t.Errorf("there is no rate:\n%q", text)
			}
			result := strings.Index(text, "manifest-tool: "+target.Host()+"/copy: 1 created") // not of the display
			if result < 0 {
				t.Fatalf("no success line:\n%q", text)
			}
			_, widest := screen(text[:result])
			left, _ := screen(text)
			if widest > tt.columns {
				t.Errorf("a line of %d columns:\n%q", widest, text)
			}
			if strings.Contains(left, "[") || strings.Contains(left, target.Host()+" waits") || !strings.HasPrefix(left, "manifest-tool: ") || !strings.Contains(left, "\nDigest: sha256:") {
				t.Errorf("this is left:\n%s", left)
			}
		})
	}
}

// A run over many images shows their number, and which registry holds them up and why.
func TestManyImagesOnTerminal(t *testing.T) {
	source := registrytest.New(t, registrytest.Options{})
	source.Push(t, "app", "amd64", registrytest.Image{Layers: 3, LayerSize: 3000}.Build())
	var specs strings.Builder
	for i := range 40 {
		fmt.Fprintf(&specs, "---\nimage: TARGET/app:%d\nmanifests: [{image: \"%s/app:%s\"}]\n", i, source.Host(), map[bool]string{true: "none", false: "amd64"}[i == 7])
	}
	for name, tt := range map[string]struct {
		columns int
		env     []string
		args    []string
		shown   bool
	}{
		"80 columns": {80, nil, nil, true},
		"jsonl":      {80, nil, []string{"--output", "jsonl"}, false}, // which goes to the same terminal
		"CI":         {80, []string{"CI=true"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := registrytest.New(t, registrytest.Options{})
			var puts atomic.Int32
			target.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/manifests/") {
					return false
				}
				time.Sleep(50 * time.Millisecond)
				refused := puts.Add(1) == 20
				if refused {
					w.Header().Set("Retry-After", "2")
					w.WriteHeader(http.StatusTooManyRequests)
				}
				return refused
			})
			file := filepath.Join(t.TempDir(), "specs.yaml")
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(specs.String(), "TARGET", target.Host())), 0o600); err != nil {
				t.Fatal(err)
			}
			s := startOnTerminal(t, tt.columns, tt.env, append([]string{"push", "from-spec", "--jobs", "2", file}, tt.args...)...)
			code, text := s.wait(t)
			if code != output.ExitPartial {
				t.Fatalf("exit %d\n%s", code, text)
			}
			for _, want := range []string{"images [", " of 40, 1 failed, ", " left", target.Host() + ": waits 2s until ", "try 2 of 5: 429 Too Many Requests"} {
				if strings.Contains(text, want) != tt.shown {
					t.Errorf("it shows %q: %v\n%q", want, !tt.shown, text)
				}
			}
			during, _, _ := strings.Cut(text, "created (1 platform)") // results and errors may be longer
			if _, widest := screen(during); tt.shown && widest > tt.columns {
				t.Errorf("a line of %d columns:\n%q", widest, during)
			}
			left, _ := screen(text)
			if strings.Contains(left, "images [") || strings.Contains(left, ": waits ") {
				t.Errorf("this is left:\n%s", left)
			}
		})
	}
}

// In lines, each has the bytes, all bytes and the rate.
func TestPlainProgress(t *testing.T) {
	source := registrytest.New(t, registrytest.Options{})
	source.Push(t, "app", "amd64", registrytest.Image{Layers: 3, LayerSize: 300_000}.Build())
	target := slowTarget(t)
	code, stdout, stderr := tool(t, "", nil, "copy", "--progress", "plain", source.Host()+"/app:amd64", target.Host()+"/copy:1")
	last := regexp.MustCompile(`manifest-tool: ` + target.Host() + `: 905\.2 kB of 905\.2 kB, [0-9.]+ [kM]?B/s, 4 of 4 blobs\n`)
	if code != output.ExitDone || !strings.HasPrefix(stdout, "Digest: ") || !last.MatchString(stderr) {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	if n := strings.Count(stderr, target.Host()+": "); n > 4 {
		t.Errorf("%d lines in two seconds:\n%s", n, stderr)
	}
}

var sequence = regexp.MustCompile(`^\x1b\[(\d*)([A-Za-z])`)

// screen is what a terminal shows at the end of a text, and the most columns that a line had. It knows the sequences
// that a progress bar uses.
func screen(text string) (shown string, widest int) {
	lines, row, column := [][]rune{nil}, 0, 0
	for text != "" {
		if parts := sequence.FindStringSubmatch(text); parts != nil {
			n, _ := strconv.Atoi(parts[1])
			switch parts[2] {
			case "A":
				row = max(0, row-max(n, 1))
			case "J":
				lines = append(lines[:row], lines[row][:min(column, len(lines[row]))])
			case "K":
				lines[row] = lines[row][:min(column, len(lines[row]))]
			}
			text = text[len(parts[0]):]
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		switch r {
		case '\r':
			column = 0
		case '\n':
			if row++; row == len(lines) {
				lines = append(lines, nil)
			}
		default:
			for len(lines[row]) <= column {
				lines[row] = append(lines[row], ' ')
			}
			lines[row][column] = r
			column++
			if lines[row][0] != 'D' { // the result is for scripts, whatever its width is
				widest = max(widest, column)
			}
		}
	}
	var all []string
	for _, line := range lines {
		all = append(all, strings.TrimRight(string(line), " "))
	}
	return strings.TrimLeft(strings.Join(all, "\n"), "\n"), widest
}
