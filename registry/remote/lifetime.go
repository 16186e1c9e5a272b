package remote

import (
	"context"
	"time"
)

const (
	// wordsTime limits the time to read the body of a failure.
	wordsTime = 5 * time.Second
	// lastWordsTime limits it after the run has ended.
	lastWordsTime = time.Second
)

// A lifetime is the context of one exchange. It ends with the run, unless the answer is a failure: the body of a
// failure gives the reason, and is still read after another request has ended the run.
type lifetime struct {
	context.Context
	cancel context.CancelCauseFunc
	run    context.Context
	detach func() bool // from the run
}

func newLifetime(run context.Context) *lifetime {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(run))
	return &lifetime{ctx, cancel, run, context.AfterFunc(run, func() { cancel(run.Err()) })}
}

// end releases the resources of the exchange.
func (l *lifetime) end(cause error) {
	l.detach()
	l.cancel(cause)
}

// outliveRun replaces the end of the run by a time limit for the rest of the exchange.
func (l *lifetime) outliveRun() {
	if !l.detach() {
		return
	}
	limit := time.AfterFunc(wordsTime, func() { l.cancel(errSilence{wordsTime}) })
	detach := context.AfterFunc(l.run, func() { limit.Reset(lastWordsTime) })
	l.detach = func() bool {
		limit.Stop()
		return detach()
	}
}
