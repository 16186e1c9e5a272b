package remote

import (
	"context"
	"time"
)

const (
	// wordsTime is how long the body of an answer that is no success may take.
	wordsTime = 5 * time.Second
	// lastWordsTime is how long it may take once the run has ended.
	lastWordsTime = time.Second
)

// A lifetime is the context of one exchange. It ends with the run, unless an answer has arrived that is no
// success: its body says why, and is read also where the failure of another request has just ended the run.
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

// end releases what belongs to the exchange.
func (l *lifetime) end(cause error) {
	l.detach()
	l.cancel(cause)
}

// outliveRun gives the rest of the exchange a limit of its own in the place of the end of the run.
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
