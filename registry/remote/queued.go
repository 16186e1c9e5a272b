package remote

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// A queuedTime is the time in nanoseconds that the tries of a request waited for slots. It does not count in tryTime: at a
// registry with a low rate, it is most of the time.
type queuedTime = atomic.Int64

type queuedKey struct{}

// withQueued returns the queuedTime of a context, or of a new one.
func withQueued(ctx context.Context) (context.Context, *queuedTime) {
	if queued, ok := ctx.Value(queuedKey{}).(*queuedTime); ok {
		return ctx, queued
	}
	queued := &queuedTime{}
	return context.WithValue(ctx, queuedKey{}, queued), queued
}

// admitOutage waits for a registry that does not answer, and counts the time.
func (h *host) admitOutage(ctx context.Context) (pass, error) {
	_, queued := withQueued(ctx)
	defer func(start time.Time) { queued.Add(int64(time.Since(start))) }(time.Now())
	return h.outage.admit(ctx)
}

// admit waits for slots, and counts the time.
func admit(ctx context.Context, claims ...slots.Claim) (release func(), err error) {
	_, queued := withQueued(ctx)
	defer func(start time.Time) { queued.Add(int64(time.Since(start))) }(time.Now())
	return slots.Admit(ctx, claims...)
}
