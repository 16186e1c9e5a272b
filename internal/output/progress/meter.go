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
	images  images
}

// A display shows transfers. The meter calls it from one goroutine at a time. After end, it shows nothing more.
type display interface {
	// changed shows a registry of a run with one image.
	changed(transfers)
	// changedMany shows a run over many images, and the registry that holds it up most.
	changedMany(images, transfers)
	end()
}

// transfers are what happens at one registry.
type transfers struct {
	registry string
	blobs    int                          // that it has to have
	total    int64                        // bytes of these blobs
	have     [registry.Streamed + 1]int   // blobs that it has by now
	bytes    [registry.Streamed + 1]int64 // their bytes
	sent     int64                        // bytes, also those of blobs that are not complete
	marks    [2]mark
	rests    time.Time // until when the registry limits the rate
	retry    Retry
	quota    Quota
}

// A mark is the number of bytes that were moved at some time.
type mark struct {
	at    time.Time
	moved int64
}

// A Retry is a pause before a failed request is tried again.
type Retry struct {
	Try, Of int // the try that comes next, and how many there are at most
	Until   time.Time
	Why     string
}

// window is how far back the rate looks, at least.
const window = 5 * time.Second

// moved is the number of bytes that went to the registry.
func (t transfers) moved() int64 { return max(t.sent, t.bytes[registry.Streamed]) }

// moveMarks keeps marks that are not too old for the rate.
func (t *transfers) moveMarks(now time.Time) {
	switch {
	case t.marks[0].at.IsZero():
		t.marks = [2]mark{{now, t.moved()}, {now, t.moved()}}
	case now.Sub(t.marks[1].at) >= window:
		t.marks = [2]mark{t.marks[1], {now, t.moved()}}
	}
}

// rate is the number of bytes in a second.
func (t transfers) rate(now time.Time) int64 {
	took := now.Sub(t.marks[0].at)
	if t.marks[0].at.IsZero() || took < 100*time.Millisecond {
		return 0
	}
	return int64(float64(t.moved()-t.marks[0].moved) / took.Seconds())
}

// done is the number of blobs that the registry has by now.
func (t transfers) done() int {
	n := 0
	for _, blobs := range t.have {
		n += blobs
	}
	return n
}

// doneBytes is the number of bytes that the registry has by now, with those of blobs under way.
func (t transfers) doneBytes() int64 {
	n := max(0, t.sent-t.bytes[registry.Streamed])
	for _, bytes := range t.bytes {
		n += bytes
	}
	return min(n, t.total)
}

// wait is the end of the pause that lasts longest.
func (t transfers) wait() time.Time {
	if t.retry.Until.After(t.rests) {
		return t.retry.Until
	}
	return t.rests
}

// line is the text of a display, without the name of the registry. It fits beside a bar in 80 columns, and what
// matters most stands first.
func (t transfers) line(now time.Time) string {
	var parts []string
	if text := t.waiting(now); text != "" {
		parts = append(parts, text)
	}
	if t.blobs > 0 {
		parts = append(parts, output.HumanSize(t.doneBytes())+" of "+output.HumanSize(t.total))
	}
	if rate := t.rate(now); rate > 0 {
		parts = append(parts, output.HumanSize(rate)+"/s")
		if left := t.total - t.doneBytes(); left > 0 {
			parts = append(parts, (time.Duration(float64(left)/float64(rate))*time.Second+time.Second).String()+" left")
		}
	}
	if t.blobs > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s", t.done(), output.Count(t.blobs, "blob")))
	}
	if n := t.have[registry.Mounted]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d mounted", n))
	}
	return strings.Join(parts, ", ")
}

// waiting says how long the registry makes us wait, and why.
func (t transfers) waiting(now time.Time) string {
	until := t.wait()
	left := until.Sub(now)
	if left <= 0 {
		return ""
	}
	text := fmt.Sprintf("waits %s until %s", max(left.Round(time.Second), time.Second), until.Format(time.TimeOnly))
	if t.retry.Until.After(now) {
		return text + fmt.Sprintf(", try %d of %d: %s", t.retry.Try, t.retry.Of, output.Printable(t.retry.Why))
	}
	if t.quota.Limit > 0 && t.quota.Left == 0 && now.Before(t.quota.Reset) {
		return text + fmt.Sprintf(": the quota of %d requests is used up", t.quota.Limit)
	}
	return text + ": the registry limits the rate"
}

// New returns a meter with the display for a mode: none, plain or auto. Auto is live if the display may
// be animated.
func New(out *output.Printer, mode string, animate bool) *Meter {
	result := &Meter{display: noDisplay{}, counts: map[string]*transfers{}}
	switch {
	case mode == "plain":
		result.display = newPlainDisplay(out.Messages())
	case mode == "auto" && animate:
		result.display = newLiveDisplay(out, result.refresh)
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
	before := t.moved()
	change(t)
	m.images.sent += t.moved() - before
	t.moveMarks(time.Now())
	m.show(*t)
}

// show shows a registry, or the run if it is over many images. The caller holds the lock.
func (m *Meter) show(t transfers) {
	if m.images.all == 0 {
		m.display.changed(t)
		return
	}
	m.display.changedMany(m.images, m.slowest(time.Now()))
}

// refresh shows all counts again.
func (m *Meter) refresh() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.images.all > 0 {
		m.show(transfers{})
		return
	}
	for _, t := range m.counts {
		m.show(*t)
	}
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
			m.update(placeName(target), func(t *transfers) {
				t.blobs += len(blobs)
				for _, d := range blobs {
					t.total += d.Size
				}
			})
		},
		Copied: func(target spec.Place, d v1.Descriptor, how registry.Transfer) {
			m.update(placeName(target), func(t *transfers) {
				t.have[how]++
				t.bytes[how] += d.Size
			})
		},
	}
}

// Reading, Moved and Read are the hooks of a verification that reads blobs: before it, while it goes on, and after each
// blob.
func (m *Meter) Reading(place spec.Place, blobs []v1.Descriptor) { m.Watch().Copying(place, blobs) }

// Moved counts bytes that were read.
func (m *Meter) Moved(place spec.Place, n int) {
	m.update(placeName(place), func(t *transfers) { t.sent += int64(n) })
}

// Read counts a blob that was read.
func (m *Meter) Read(place spec.Place, blob v1.Descriptor) {
	m.Watch().Copied(place, blob, registry.Streamed)
}

// Sent is the hook of a client for bytes that were sent to a registry.
func (m *Meter) Sent(r name.Registry, n int) {
	m.update(r.RegistryStr(), func(t *transfers) { t.sent += int64(n) })
}

// Resting is the hook of a client for a registry that limits the rate.
func (m *Meter) Resting(r name.Registry, until time.Time) {
	m.update(r.RegistryStr(), func(t *transfers) { t.rests = until })
}

// Limited is the hook of a client for what a registry says about its limit.
func (m *Meter) Limited(r name.Registry, q Quota) {
	m.update(r.RegistryStr(), func(t *transfers) { t.quota = q })
}

// Retrying is the hook of a client for a failed request that it tries again after a pause.
func (m *Meter) Retrying(r name.Registry, next Retry) {
	m.update(r.RegistryStr(), func(t *transfers) {
		if next.Until.After(t.retry.Until) {
			t.retry = next
		}
	})
}

func placeName(p spec.Place) string {
	if p.Kind == spec.Registry {
		return p.Repository.RegistryStr()
	}
	return p.String()
}
