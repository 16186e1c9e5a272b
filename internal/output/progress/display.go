package progress

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/manifest-tool/manifest-tool/internal/output"
)

// noDisplay shows nothing.
type noDisplay struct{}

func (noDisplay) changed(transfers)             {}
func (noDisplay) changedMany(images, transfers) {}
func (noDisplay) end()                          {}

// longWait is the shortest wait that a log shows.
const longWait = 5 * time.Second

// A restDisplay warns of each long wait once, so that a log shows why nothing happens.
type restDisplay struct {
	out    *output.Printer
	warned map[string]time.Time // the waits that were shown, by registry
}

func (d restDisplay) changed(t transfers) {
	if isNewWait(t, d.warned) {
		d.out.Warnf("%s: %s", t.registry, t.waiting(time.Now()))
	}
}

func (d restDisplay) changedMany(_ images, slow transfers) { d.changed(slow) }

// isNewWait reports whether a registry has a long wait that was not shown. A wait that ends a little later than the one
// that was shown is the same for a reader.
func isNewWait(t transfers, shown map[string]time.Time) bool {
	until := t.wait()
	if time.Until(until) < longWait || until.Before(shown[t.registry].Add(longWait)) {
		return false
	}
	shown[t.registry] = until
	return true
}
func (restDisplay) end() {}

// The shortest times between two lines about a registry: at the beginning, and after a while, so that a log stays
// readable.
const (
	plainFirst = 2 * time.Second
	plainLater = 30 * time.Second
)

// A plainDisplay writes a line now and then.
type plainDisplay struct {
	w       io.Writer
	started time.Time
	last    map[string]time.Time
	waits   map[string]time.Time // that were shown
	open    map[string]transfers // that changed since their last line
	many    images               // of a run over many, if they changed since their last line
	slow    transfers
}

func newPlainDisplay(w io.Writer) *plainDisplay {
	return &plainDisplay{w: w, started: time.Now(), last: map[string]time.Time{}, waits: map[string]time.Time{}, open: map[string]transfers{}}
}

// every is the time between two lines: a fifth of the time so far.
func (d *plainDisplay) every() time.Duration {
	return min(max(time.Since(d.started)/5, plainFirst), plainLater)
}

func (d *plainDisplay) changed(t transfers) {
	d.open[t.registry] = t
	if isNewWait(t, d.waits) || time.Since(d.last[t.registry]) >= d.every() {
		d.print(t)
	}
}

func (d *plainDisplay) print(t transfers) {
	line := t.line(time.Now())
	if line == "" {
		return
	}
	d.last[t.registry] = time.Now()
	delete(d.open, t.registry)
	fmt.Fprintf(d.w, "manifest-tool: %s: %s\n", output.Printable(t.registry), line)
}

func (d *plainDisplay) changedMany(all images, slow transfers) {
	d.many, d.slow = all, slow
	if isNewWait(slow, d.waits) || time.Since(d.last[""]) >= d.every() {
		d.printMany()
	}
}

// printMany prints a line about the run. No registry has the name "".
func (d *plainDisplay) printMany() {
	now := time.Now()
	text := "images: " + d.many.line(now)
	if slow := slowLine(d.slow, now); slow != "" {
		text += "; " + slow
	}
	d.last[""], d.many = now, images{}
	fmt.Fprintf(d.w, "manifest-tool: %s\n", text)
}

func (d *plainDisplay) end() {
	if d.many.all > 0 {
		d.printMany()
	}
	for _, name := range slices.Sorted(maps.Keys(d.open)) {
		d.print(d.open[name])
	}
}

// liveAfter is the time before bars appear: most pushes are done by then.
const liveAfter = 300 * time.Millisecond

// A liveDisplay has a bar for each registry, or for a run over many images a bar and a line below it. At the end it removes
// them.
type liveDisplay struct {
	out       *output.Printer
	refresh   func()      // shows all bars
	first     *time.Timer // calls refresh when bars may appear
	started   time.Time
	container *mpb.Progress
	bars      map[string]*liveBar
	many      *manyBar
}

type liveBar struct {
	*mpb.Bar
	shown atomic.Pointer[transfers]
}

func newLiveDisplay(out *output.Printer, refresh func()) *liveDisplay {
	return &liveDisplay{out: out, refresh: refresh, started: time.Now(), bars: map[string]*liveBar{}}
}

func (d *liveDisplay) changed(t transfers) {
	if t.line(time.Now()) == "" && d.bars[t.registry] == nil {
		return
	}
	if !d.isOpen() {
		return
	}
	bar := d.bars[t.registry]
	if bar == nil {
		bar = &liveBar{}
		bar.shown.Store(&t)
		bar.Bar = d.container.New(0, mpb.BarStyle().Rbound("] ").Padding(" "),
			mpb.BarWidth(12), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(output.Printable(t.registry)+" ")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return bar.shown.Load().line(time.Now()) })))
		d.bars[t.registry] = bar
	}
	bar.shown.Store(&t)
	bar.SetTotal(t.total, false)
	bar.SetCurrent(t.doneBytes())
}

// isOpen reports whether bars may be shown, and calls refresh when they may.
func (d *liveDisplay) isOpen() bool {
	if d.container != nil {
		return true
	}
	if soon := liveAfter - time.Since(d.started); soon > 0 {
		if d.first == nil {
			d.first = time.AfterFunc(soon, d.refresh)
		}
		return false
	}
	d.container = mpb.New(mpb.WithOutput(d.out.Display()))
	d.out.DivertMessages(d.container)
	return true
}

// A manyBar shows a run over many images: a bar, and a line about the registry that holds it up most.
type manyBar struct {
	bar, line *mpb.Bar
	all       atomic.Pointer[images]
	slow      atomic.Pointer[transfers]
}

func (d *liveDisplay) changedMany(all images, slow transfers) {
	if !d.isOpen() {
		return
	}
	first := d.many == nil
	if first {
		d.many = &manyBar{}
	}
	d.many.all.Store(&all)
	d.many.slow.Store(&slow)
	if first {
		d.many.open(d.container)
	}
	d.many.bar.SetTotal(int64(all.all), false)
	d.many.bar.SetCurrent(int64(all.finished()))
}

func (b *manyBar) open(container *mpb.Progress) {
	b.bar = container.New(0, mpb.BarStyle().Rbound("] ").Padding(" "),
		mpb.BarWidth(8), mpb.BarFillerTrim(), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Name("images ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return b.all.Load().line(time.Now()) })))
	b.line = container.New(0, mpb.NopStyle(), mpb.BarFillerTrim(), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return cmp.Or(slowLine(*b.slow.Load(), time.Now()), " ") })))
}

func (d *liveDisplay) end() {
	if d.first != nil {
		d.first.Stop()
	}
	if d.container == nil {
		return
	}
	for _, bar := range d.bars {
		bar.Abort(true)
	}
	if d.many != nil {
		d.many.bar.Abort(true)
		d.many.line.Abort(true)
	}
	d.container.Wait()
	d.out.DivertMessages(nil)
}
