package push

import (
	"context"
	"errors"
	"time"
)

// readBackFor is how long a registry may show the old content: some registries are only eventually consistent.
const readBackFor = 30 * time.Second

const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// patiently stores a manifest. It repeats the PUT as long as the registry does not find the content that the
// manifest refers to, and calls repair between two tries to send that content.
func patiently(ctx context.Context, put, repair func(context.Context) error) error {
	deadline := time.Now().Add(readBackFor)
	for wait := time.Duration(0); ; wait = min(max(2*wait, firstPause), lastPause) {
		err := put(ctx)
		if !incomplete(err) {
			return err
		}
		if repairErr := repair(ctx); repairErr != nil {
			return bothOf(err, repairErr)
		}
		left := time.Until(deadline)
		if left <= 0 {
			return err
		}
		if err := pause(ctx, min(wait, left)); err != nil {
			return err
		}
	}
}

// pause waits, unless the run ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// incomplete reports whether a registry may lack content that a manifest refers to.
func incomplete(err error) bool {
	var answer interface{ Incomplete() bool }
	return errors.As(err, &answer) && answer.Incomplete()
}
