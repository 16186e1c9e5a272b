// Package progress shows on stderr what is copied to each registry.
package progress

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Meter counts what is copied to each registry, and shows it on stderr: live on a terminal, as a line now and
// then, or not at all.
type Meter struct {
	display display
	mu      sync.Mutex
	counts  map[string]*transfers
}

// A display shows transfers. The meter calls it from one goroutine at a time. After end, it shows nothing more.
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
	rests    time.Time // until when the registry limits the rate
}

// done is the number of blobs that the registry has by now.
func (t transfers) done() int {
	n := 0
	for _, blobs := range t.have {
		n += blobs
	}
	return n
}

// line is the text of a display, without the name of the registry.
func (t transfers) line(now time.Time) string {
	var parts []string
	if t.blobs > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s", t.done(), output.Count(t.blobs, "blob")))
	}
	if n := t.have[registry.Mounted]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d mounted", n))
	}
	if took := now.Sub(t.since); t.sent > 0 && took > 0 {
		parts = append(parts, fmt.Sprintf("%s sent, %s/s", output.HumanSize(t.sent), output.HumanSize(int64(float64(t.sent)/took.Seconds()))))
	}
	if wait := t.rests.Sub(now); wait > 0 {
		parts = append(parts, fmt.Sprintf("waits %s, as the registry limits the rate", wait.Round(time.Second)))
	}
	return strings.Join(parts, ", ")
}

// New returns a meter with the display for a mode: none, plain or auto. Auto is live if the display may
// be animated.
func New(out *output.Printer, mode string, animate bool) *Meter {
	result := &Meter{display: noDisplay{}, counts: map[string]*transfers{}}
	switch {
	case mode == "plain":
		result.display = newPlainDisplay(out.Messages())
	case mode == "auto" && animate:
		result.display = newLiveDisplay(out)
	case mode == "auto":
		result.display = restDisplay{out, map[string]time.Time{}}
	}
	return result
}

// update changes the counts of a registry, and shows them.
func (m *Meter) update(name string, change func(*transfers)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.counts[name]
	if t == nil {
		t = &transfers{registry: name}
		m.counts[name] = t
	}
	change(t)
	m.display.changed(*t)
}

// End shows what is left to show, and ends the display.
func (m *Meter) End() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.display.end()
	m.display = noDisplay{}
}

// Watch returns the hooks of a push.
func (m *Meter) Watch() push.Watch {
	return push.Watch{
		Copying: func(target spec.Place, blobs []v1.Descriptor) {
			m.update(placeName(target), func(t *transfers) { t.blobs += len(blobs) })
		},
		Copied: func(target spec.Place, _ v1.Descriptor, how registry.Transfer) {
			m.update(placeName(target), func(t *transfers) { t.have[how]++ })
		},
	}
}

// Sent is the hook of a client for bytes that were sent to a registry.
func (m *Meter) Sent(r name.Registry, n int) {
	m.update(r.RegistryStr(), func(t *transfers) {
		if t.sent == 0 {
			t.since = time.Now()
		}
		t.sent += int64(n)
	})
}

// Resting is the hook of a client for a registry that limits the rate.
func (m *Meter) Resting(r name.Registry, until time.Time) {
	m.update(r.RegistryStr(), func(t *transfers) { t.rests = until })
}

func placeName(p spec.Place) string {
	if p.Kind == spec.Registry {
		return p.Repository.RegistryStr()
	}
	return p.String()
}
