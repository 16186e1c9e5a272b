package progress

import (
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

func (noDisplay) changed(transfers) {}
func (noDisplay) end()              {}

// longWait is the shortest wait that is told in a log.
const longWait = 5 * time.Second

// A restDisplay warns of each long wait once, so that a log shows why nothing happens.
type restDisplay struct {
	out    *output.Printer
	warned map[string]time.Time // the waits that were told, by registry
}

func (d restDisplay) changed(t transfers) {
	if time.Until(t.rests) >= longWait && !t.rests.Equal(d.warned[t.registry]) {
		d.warned[t.registry] = t.rests
		d.out.Warnf("%s: %s", t.registry, t.line(time.Now()))
	}
}
func (restDisplay) end() {}

// plainEvery is the shortest time between two lines about a registry.
const plainEvery = 2 * time.Second

// A plainDisplay writes a line now and then.
type plainDisplay struct {
	w    io.Writer
	last map[string]time.Time
	open map[string]transfers // that changed since their last line
}

func newPlainDisplay(w io.Writer) *plainDisplay {
	return &plainDisplay{w: w, last: map[string]time.Time{}, open: map[string]transfers{}}
}

func (d *plainDisplay) changed(t transfers) {
	d.open[t.registry] = t
	if time.Since(d.last[t.registry]) >= plainEvery {
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

func (d *plainDisplay) end() {
	for _, name := range slices.Sorted(maps.Keys(d.open)) {
		d.print(d.open[name])
	}
}

// liveAfter is the time before bars appear: most pushes are done by then.
const liveAfter = 300 * time.Millisecond

// A liveDisplay has a bar for each registry. At the end it removes them.
type liveDisplay struct {
	out       *output.Printer
	started   time.Time
	container *mpb.Progress
	bars      map[string]*liveBar
}

type liveBar struct {
	*mpb.Bar
	shown atomic.Pointer[transfers]
}

func newLiveDisplay(out *output.Printer) *liveDisplay {
	return &liveDisplay{out: out, started: time.Now(), bars: map[string]*liveBar{}}
}

func (d *liveDisplay) changed(t transfers) {
	if d.container == nil {
		if time.Since(d.started) < liveAfter {
			return
		}
		d.container = mpb.New(mpb.WithOutput(d.out.Display()))
		d.out.DivertMessages(d.container)
	}
	bar := d.bars[t.registry]
	if bar == nil {
		bar = &liveBar{}
		bar.shown.Store(&t)
		bar.Bar = d.container.New(0, mpb.BarStyle().Rbound("] ").Padding(" "),
			mpb.BarWidth(20), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(output.Printable(t.registry)+" ")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return bar.shown.Load().line(time.Now()) })))
		d.bars[t.registry] = bar
	}
	bar.shown.Store(&t)
	bar.SetTotal(int64(t.blobs), false)
	bar.SetCurrent(int64(t.done()))
}

func (d *liveDisplay) end() {
	if d.container == nil {
		return
	}
	for _, bar := range d.bars {
		bar.Abort(true)
	}
	d.container.Wait()
	d.out.DivertMessages(nil)
}
