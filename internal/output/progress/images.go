package progress

import (
	"fmt"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
)

// images are the images of a run over many.
type images struct {
	all   int  // that are known; 0 if the run is not over many
	more  bool // there may be more of them
	done  int
	fails int
	skips int
	sent  int64 // bytes that went to all registries
	marks [2]imageMark
}

// An imageMark is the number of images that were finished at some time.
type imageMark struct {
	at time.Time
	n  int
}

// imageWindow is how far back the rate of images looks, at least.
const imageWindow = 20 * time.Second

// worked is the number of images that took time.
func (i images) worked() int { return i.done + i.fails }

// finished is the number of images that nothing more happens to.
func (i images) finished() int { return i.done + i.fails + i.skips }

// moveMarks keeps marks that are not too old for the rate.
func (i *images) moveMarks(now time.Time) {
	switch {
	case i.marks[0].at.IsZero():
		i.marks = [2]imageMark{{now, i.worked()}, {now, i.worked()}}
	case now.Sub(i.marks[1].at) >= imageWindow:
		i.marks = [2]imageMark{i.marks[1], {now, i.worked()}}
	}
}

// rate is the number of images in a second.
func (i images) rate(now time.Time) float64 {
	took := now.Sub(i.marks[0].at)
	if i.marks[0].at.IsZero() || took < time.Second {
		return 0
	}
	return float64(i.worked()-i.marks[0].n) / took.Seconds()
}

// line is the text of a display. It fits beside a short bar in 80 columns, and what matters most stands first.
func (i images) line(now time.Time) string {
	parts := []string{fmt.Sprintf("%d of %d", i.done, i.all)}
	if i.more {
		parts[0] += " so far"
	}
	if i.fails > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", i.fails))
	}
	if i.skips > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", i.skips))
	}
	if rate := i.rate(now); rate > 0 {
		parts = append(parts, rateText(rate))
		if left := i.all - i.finished(); left > 0 && !i.more {
			parts = append(parts, timeLeft(float64(left)/rate)+" left")
		}
	}
	if i.sent > 0 {
		parts = append(parts, output.HumanSize(i.sent)+" sent")
	}
	return strings.Join(parts, ", ")
}

func rateText(perSecond float64) string {
	switch {
	case perSecond >= 10:
		return fmt.Sprintf("%.0f/s", perSecond)
	case perSecond >= 1:
		return fmt.Sprintf("%.1f/s", perSecond)
	}
	return fmt.Sprintf("%.1f/min", perSecond*60)
}

// timeLeft rounds up to seconds, or to minutes if there are many.
func timeLeft(seconds float64) string {
	const longest = 1000 * time.Hour
	d := time.Duration(min(seconds, longest.Seconds()) * float64(time.Second))
	if d >= time.Hour {
		return strings.TrimSuffix((d.Truncate(time.Minute) + time.Minute).String(), "0s")
	}
	return (d.Truncate(time.Second) + time.Second).String()
}

// Images says how many images the run has, and whether there may be more. From then on, the display is about the run and not
// about each registry.
func (m *Meter) Images(all int, more bool) {
	m.changeImages(func(i *images) { i.all, i.more = all, more })
}

// Finished counts an image that is done, has failed, or was skipped.
func (m *Meter) Finished(failed, skipped bool) {
	m.changeImages(func(i *images) {
		switch {
		case failed:
			i.fails++
		case skipped:
			i.skips++
		default:
			i.done++
		}
	})
}

func (m *Meter) changeImages(change func(*images)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.images)
	m.images.moveMarks(time.Now())
	if m.images.all > 0 {
		m.show(transfers{})
	}
}

// slowest is the registry that holds up the run most: the one that waits longest, or has the least of its quota left, or
// has most bytes to get.
func (m *Meter) slowest(now time.Time) (slow transfers) {
	for _, t := range m.counts {
		if isSlower(*t, slow, now) {
			slow = *t
		}
	}
	return slow
}

func isSlower(a, b transfers, now time.Time) bool {
	if x, y := a.wait(), b.wait(); (x.After(now) || y.After(now)) && !x.Equal(y) {
		return x.After(y)
	}
	if x, y := a.quota.isLow(now), b.quota.isLow(now); x || y {
		return x && (!y || a.quota.share() < b.quota.share())
	}
	x, y := a.total-a.doneBytes(), b.total-b.doneBytes()
	return x > y || x == y && x > 0 && a.registry < b.registry
}

// slowLine says which registry holds up the run, and why.
func slowLine(t transfers, now time.Time) string {
	text := t.waiting(now)
	switch {
	case text != "":
	case t.quota.isLow(now):
		text = t.quota.String()
	case t.total > t.doneBytes():
		text = t.line(now)
	default:
		return ""
	}
	return output.Printable(t.registry) + ": " + text
}

// A Quota is what a registry says about a limit on requests.
type Quota struct {
	Left, Limit int       // Limit is 0 if it is unknown
	Reset       time.Time // zero if it is unknown
}

// isLow reports whether at most a fifth of the requests are left.
func (q Quota) isLow(now time.Time) bool {
	return q.Limit > 0 && q.Left*5 <= q.Limit && (q.Reset.IsZero() || now.Before(q.Reset))
}

func (q Quota) share() float64 { return float64(q.Left) / float64(max(q.Limit, 1)) }

func (q Quota) String() string {
	text := fmt.Sprintf("quota: %d of %d requests left", q.Left, q.Limit)
	if !q.Reset.IsZero() {
		text += " until " + q.Reset.Format(time.TimeOnly)
	}
	return text
}
