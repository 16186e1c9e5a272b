package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/term"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A progress tells on stderr how copying goes while it goes. It counts for each registry, and a display
// shows it: a live view on a terminal, a line now and then, or nothing.
type progress struct {
	display display
	mu      sync.Mutex
	counts  map[string]*transfers
}

// A display shows transfers, told by one goroutine at a time. After end nothing of it is left to come.
type display interface {
	changed(transfers)
	end()
}

// transfers are what happens at one registry.
type transfers struct {
	registry string
	blobs    int // that it has to have
	have     [registry.Streamed + 1]int
	sent     int64 // bytes
	since    time.Time
	rests    time.Time // until when it wants to be left alone
}

// done counts the blobs that the registry has by now.
func (t transfers) done() int {
	n := 0
	for _, blobs := range t.have {
		n += blobs
	}
	return n
}

// line is all but the name.
func (t transfers) line(now time.Time) string {
	var parts []string
	if t.blobs > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s", t.done(), count(t.blobs, "blob")))
	}
	if n := t.have[registry.Mounted]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d mounted", n))
	}
	if took := now.Sub(t.since); t.sent > 0 && took > 0 {
		parts = append(parts, fmt.Sprintf("%s sent, %s/s", humanSize(t.sent), humanSize(int64(float64(t.sent)/took.Seconds()))))
	}
	if wait := t.rests.Sub(now); wait > 0 {
		parts = append(parts, fmt.Sprintf("waits %s, as the registry limits the rate", wait.Round(time.Second)))
	}
	return strings.Join(parts, ", ")
}

// newProgress chooses the display: auto is live where there is a terminal and nothing else moves on it.
func (p *program) newProgress(mode string, debug bool) *progress {
	result := &progress{display: noDisplay{}, counts: map[string]*transfers{}}
	switch {
	case mode == "plain":
		result.display = newPlainDisplay(p.stderr)
	case mode == "auto" && p.watched() && !debug:
		result.display = newLiveDisplay(p)
	case mode == "auto":
		result.display = restDisplay{p, map[string]time.Time{}}
	}
	return result
}

// watched tells whether stderr is a terminal on which something may move.
func (p *program) watched() bool {
	f, ok := p.stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && p.getenv("CI") == "" && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
}

// update changes what is known of a registry, and shows it.
func (p *progress) update(name string, change func(*transfers)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.counts[name]
	if t == nil {
		t = &transfers{registry: name}
		p.counts[name] = t
	}
	change(t)
	p.display.changed(*t)
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.display.end()
	p.display = noDisplay{}
}

// watch is what a push tells.
func (p *progress) watch() push.Watch {
	return push.Watch{
		Copying: func(target spec.Place, blobs []v1.Descriptor) {
			p.update(placeName(target), func(t *transfers) { t.blobs += len(blobs) })
		},
		Copied: func(target spec.Place, _ v1.Descriptor, how registry.Transfer) {
			p.update(placeName(target), func(t *transfers) { t.have[how]++ })
		},
	}
}

// sent and resting are what the connections to registries tell.
func (p *progress) sent(r name.Registry, n int) {
	p.update(r.RegistryStr(), func(t *transfers) {
		if t.sent == 0 {
			t.since = time.Now()
		}
		t.sent += int64(n)
	})
}

func (p *progress) resting(r name.Registry, until time.Time) {
	p.update(r.RegistryStr(), func(t *transfers) { t.rests = until })
}

func placeName(p spec.Place) string {
	if p.Kind == spec.Registry {
		return p.Repository.RegistryStr()
	}
	return p.String()
}
