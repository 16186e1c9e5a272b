package registry

import (
	"context"
	"errors"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// readBackFor is how long a registry may go on showing what was there before: some are only
// consistent after a while.
const readBackFor = 30 * time.Second

// readBack makes sure that what was put is what others will get. Something else than the old and
// the new means that somebody was there at the same time.
func (p *pusher) readBack(ctx context.Context, ref Ref, old v1.Hash) error {
	want := p.plan.Index.Digest
	deadline := time.Now().Add(readBackFor)
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		d, err := p.target.Describe(ctx, ref)
		switch {
		case err == nil && d.Digest == want:
			return nil
		case err == nil && d.Digest != old:
			return Errorf(ErrRefused, "somebody else moved the tag meanwhile: it holds %s, not our %s", d.Digest, want)
		case err != nil && !errors.Is(err, ErrNotFound):
			return err
		case time.Now().Add(wait).After(deadline):
			return Errorf(ErrUnavailable, "the registry took %s, but does not show it after %s", want, readBackFor)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}
