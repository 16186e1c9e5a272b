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

// A stepTimer limits the time for the next step of the server.
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
	if !p.ended { // an answer may come before the whole request is written
		p.timer = time.AfterFunc(limit, func() { p.giveUp(limit) })
	}
}

func (p *stepTimer) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.timer.Stop()
}

// An activeBody is the body of a request. Each read restarts the timer, because the server takes the bytes.
type activeBody struct {
	io.ReadCloser
	steps *stepTimer
}

func (b *activeBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.steps.wait(idleTimeout)
	return n, err
}

// errSilence is the error for a server that sends nothing.
type errSilence struct{ after time.Duration }

func (e errSilence) Error() string { return "no answer for " + e.after.String() }

// minBytes is the minimum number of bytes in idleTimeout. Without it, a server that sends one byte a second would
// hold a request for hours.
const minBytes = 16 << 10

// A document (a manifest, a config, a list) must arrive at documentRate bytes a second, half the speed of a modem
// of 1998, after a grace of documentGrace. So the largest document, of 4 MiB, has 17.5 minutes.
const (
	documentRate  = 4 << 10
	documentGrace = 30 * time.Second
)

// errTrickle is the error for a server that sends too slowly.
type errTrickle struct {
	bytes  int
	within time.Duration
}

func (e errTrickle) Error() string {
	return fmt.Sprintf("only %d bytes in %s", e.bytes, e.within.Round(time.Second))
}

// tooSlow reports whether a limit of this package ended an exchange.
func tooSlow(err error) bool {
	var silence errSilence
	var trickle errTrickle
	return errors.As(err, &silence) || errors.As(err, &trickle)
}

// An idleBody is the body of an answer. A read fails if the next bytes come too late, or too few come.
type idleBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	end    context.CancelCauseFunc // called by Close
	bytes  int                     // since the last check of minBytes
	waited time.Duration           // the time of the reads of these bytes
	// document applies documentRate to the whole body.
	document  bool
	all       int           // bytes of the body so far
	allWaited time.Duration // the time of their reads
}

// left returns the time limit for the next bytes, and the error after that time.
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

// count checks minBytes. It counts the time of reads only: the time between reads is not the server's.
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
