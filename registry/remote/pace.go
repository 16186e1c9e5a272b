package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// patience is how long the other side may take for its next step.
type stepTimer struct {
	giveUp func(after time.Duration)
	mu     sync.Mutex
	timer  *time.Timer
	ended  bool
}

// wait starts the time for the next step.
func (p *stepTimer) wait(limit time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
	if !p.ended { // an answer may come before the request is all written
		p.timer = time.AfterFunc(limit, func() { p.giveUp(limit) })
	}
}

func (p *stepTimer) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.timer.Stop()
}

// activeBody is what is sent. As long as it is read, the other side takes it.
type activeBody struct {
	io.ReadCloser
	steps *stepTimer
}

func (b *activeBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.steps.wait(idleTimeout)
	return n, err
}

// errSilence is a server that does not go on.
type errSilence struct{ after time.Duration }

func (e errSilence) Error() string { return "no answer for " + e.after.String() }

// fewest is how many bytes have to come within idleTimeout. A server that sends one a second would
// keep us for ever otherwise.
const minBytes = 16 << 10

// A document (a manifest, a config, a list) has to come at documentRate bytes a second, which is half of what a
// modem of 1998 brought, after a grace of documentGrace. So the largest document, of 4 MiB, has 17.5 minutes.
const (
	documentRate  = 4 << 10
	documentGrace = 30 * time.Second
)

// errTrickle is a server that goes on, but so slowly that it makes no difference.
type errTrickle struct {
	bytes  int
	within time.Duration
}

func (e errTrickle) Error() string {
	return fmt.Sprintf("only %d bytes in %s", e.bytes, e.within.Round(time.Second))
}

// tooSlow tells whether it was our patience that ended.
func tooSlow(err error) bool {
	var silence errSilence
	var trickle errTrickle
	return errors.As(err, &silence) || errors.As(err, &trickle)
}

// idleBody fails where the next bytes do not come in time, or too few do.
type idleBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	end    context.CancelCauseFunc // when it is closed
	bytes  int                     // that came
	waited time.Duration           // in this time
	// document is set where documentRate is the bound for the whole body.
	document  bool
	all       int           // bytes of the whole body that came
	allWaited time.Duration // the time in which somebody waited for them
}

// left is how long the next bytes may take, and the error if they take longer.
func (b *idleBody) left() (time.Duration, error) {
	if !b.document {
		return idleTimeout, errSilence{idleTimeout}
	}
	due := documentGrace + time.Duration(b.all)*time.Second/documentRate
	if left := due - b.allWaited; left < idleTimeout {
		return max(left, 0), errTrickle{b.all, due}
	}
	return idleTimeout, errSilence{idleTimeout}
}

func (b *idleBody) Read(p []byte) (int, error) {
	start := time.Now()
	left, late := b.left()
	timer := time.AfterFunc(left, func() { b.cancel(late) })
	n, err := b.ReadCloser.Read(p)
	timer.Stop()
	b.all, b.allWaited = b.all+n, b.allWaited+time.Since(start)
	if left, late := b.left(); left <= 0 && err == nil {
		err = late
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, endReason(b.ctx, err)
	}
	return n, cmp.Or(err, b.count(start, n))
}

// count adds up what came while somebody waited for it: the time in which nobody reads is not the
// server's.
func (b *idleBody) count(start time.Time, n int) error {
	b.bytes += n
	b.waited += time.Since(start)
	switch {
	case b.waited < idleTimeout:
		return nil
	case b.bytes < minBytes:
		return errTrickle{b.bytes, b.waited}
	}
	b.bytes, b.waited = 0, 0
	return nil
}

func (b *idleBody) Close() error {
	defer b.end(nil)
	return b.ReadCloser.Close()
}
