package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// noDisplay shows nothing.
type noDisplay struct{}

func (noDisplay) changed(transfers) {}
func (noDisplay) end()              {}

// worthTelling is how long a wait has to be for a log that nobody watches.
const worthTelling = 5 * time.Second

// restDisplay tells only of long waits, each once, so that a log shows why nothing happens.
type restDisplay struct {
	*program
	told map[string]time.Time
}

func (d restDisplay) changed(t transfers) {
	if time.Until(t.rests) >= worthTelling && !t.rests.Equal(d.told[t.registry]) {
		d.told[t.registry] = t.rests
		d.log.Warnf("%s: %s", t.registry, t.line(time.Now()))
	}
}
func (restDisplay) end() {}

// plainEvery is how often at most a plain display tells of each registry.
const plainEvery = 2 * time.Second

// plainDisplay writes a line now and then.
type plainDisplay struct {
	w    io.Writer
	last map[string]time.Time
	open map[string]transfers // that changed since they were told
}

func newPlainDisplay(w io.Writer) *plainDisplay {
	return &plainDisplay{w: w, last: map[string]time.Time{}, open: map[string]transfers{}}
}

func (d *plainDisplay) changed(t transfers) {
	d.open[t.registry] = t
	if time.Since(d.last[t.registry]) >= plainEvery {
		d.tell(t)
	}
}

func (d *plainDisplay) tell(t transfers) {
	line := t.line(time.Now())
	if line == "" {
		return
	}
	d.last[t.registry] = time.Now()
	delete(d.open, t.registry)
	fmt.Fprintf(d.w, "manifest-tool: %s: %s\n", printable(t.registry), line)
}

func (d *plainDisplay) end() {
	for _, name := range slices.Sorted(maps.Keys(d.open)) {
		d.tell(d.open[name])
	}
}

// liveAfter is how long a push takes before something moves on the terminal: most are done by then.
const liveAfter = 300 * time.Millisecond

// liveDisplay has a bar for each registry, and leaves nothing behind.
type liveDisplay struct {
	*program
	started   time.Time
	container *mpb.Progress
	bars      map[string]*liveBar
}

type liveBar struct {
	*mpb.Bar
	shown atomic.Pointer[transfers]
}

func newLiveDisplay(p *program) *liveDisplay {
	return &liveDisplay{program: p, started: time.Now(), bars: map[string]*liveBar{}}
}

func (d *liveDisplay) changed(t transfers) {
	if d.container == nil {
		if time.Since(d.started) < liveAfter {
			return
		}
		d.container = mpb.New(mpb.WithOutput(d.stderr))
		d.log.SetOutput(d.container) // above the bars
	}
	bar := d.bars[t.registry]
	if bar == nil {
		bar = &liveBar{}
		bar.shown.Store(&t)
		bar.Bar = d.container.New(0, mpb.BarStyle().Rbound("] ").Padding(" "),
			mpb.BarWidth(20), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(printable(t.registry)+" ")),
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
	d.log.SetOutput(d.stderr)
}
