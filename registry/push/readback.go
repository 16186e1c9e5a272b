package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// readBack checks that other clients get the manifest that was put. A digest other than the old and the new one
// means that another client moved the tag at the same time. Held is false if the registry shows that the tag does
// not hold the manifest.
func (p *pusher) readBack(ctx context.Context, ref registry.Ref, m plan.TagUpdate) (held bool, err error) {
	deadline := time.Now().Add(readBackFor)
	for wait := firstPause; ; wait = min(2*wait, lastPause) {
		d, err := p.target.Describe(ctx, ref)
		switch {
		case err == nil && d.Digest == m.To:
			return true, nil
		case err == nil && d.Digest != m.From:
			return false, &ConflictError{Holds: d.Digest, From: m.From, Ours: m.To, Pinned: m.Pinned}
		case err != nil && !errors.Is(err, registry.ErrNotFound):
			return true, err // the registry accepted the PUT
		case !time.Now().Before(deadline):
			return false, registry.Errorf(registry.ErrUnavailable, "the registry accepted %s, but the tag does not show it after %s", m.To, readBackFor)
		}
		select {
		case <-ctx.Done():
			return true, ctx.Err()
		case <-time.After(min(wait, time.Until(deadline))):
		}
	}
}

// settleTime limits the time at the end of a run to find out what a tag holds.
const settleTime = time.Second

// settle finds out the state of a tag whose PUT failed with err. Unless the registry refused the PUT, it may carry
// out the PUT after this look.
func (p *pusher) settle(ctx context.Context, m plan.TagUpdate, err error) (TagStatus, error) {
	refused := ctx.Err() == nil && (errors.Is(err, registry.ErrRefused) || errors.Is(err, registry.ErrDenied) || errors.Is(err, registry.ErrNotFound))
	if refused && !immutable(err) {
		return Failed, err
	}
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	d, lookErr := p.target.Describe(look, registry.Ref{Tag: m.Tag})
	switch {
	case lookErr == nil && d.Digest == m.To && errors.Is(err, registry.ErrUnverified):
		return moveStatus(m), err // the answer of the registry named another digest
	case lookErr == nil && d.Digest == m.To:
		return moveStatus(m), ctx.Err()
	case lookErr == nil && refused:
		return Failed, fmt.Errorf("%w (the tag holds %s and may be immutable)", err, d.Digest)
	case lookErr == nil && d.Digest != m.From:
		return Failed, fmt.Errorf("%w (and another client moved the tag during this run: the tag now holds %s)", err, d.Digest)
	case refused:
		return Failed, err
	}
	return Unknown, err
}

// immutable reports whether a tag may be immutable.
func immutable(err error) bool {
	var answer interface{ Immutable() bool }
	return errors.As(err, &answer) && answer.Immutable()
}

// verify reads back every byte of the index, its manifests and its blobs.
func (p *pusher) verify(ctx context.Context) error {
	target := p.target
	if cached, ok := target.(interface{ Uncached() registry.Repository }); ok {
		target = cached.Uncached()
	}
	if _, err := target.Manifest(ctx, registry.Ref{Digest: p.plan.Index.Digest}); err != nil {
		return lacking(err)
	}
	all := p.plan.AllEntries()
	blobs := make([][]v1.Descriptor, len(all))
	err := parallel.Each(ctx, len(blobs), func(ctx context.Context, i int) error {
		want := all[i].Descriptor
		m, err := target.Manifest(ctx, registry.Ref{Digest: want.Digest})
		if err != nil {
			return lacking(err)
		}
		if got := m.Descriptor(); got.Size != want.Size || got.MediaType != want.MediaType {
			return registry.Errorf(registry.ErrUnverified, "the target holds %s as %d bytes of %q, not as %d bytes of %q", want.Digest, got.Size, got.MediaType, want.Size, want.MediaType)
		}
		blobs[i], _, err = registry.References(m)
		return err
	})
	if err != nil {
		return err
	}
	contents := distinct(blobs)
	return parallel.Each(ctx, len(contents), func(ctx context.Context, i int) error {
		blob, err := target.Blob(ctx, contents[i])
		if err != nil {
			return lacking(err)
		}
		defer blob.Close()
		_, err = io.Copy(io.Discard, blob)
		return err
	})
}

// lacking is the error of a verification for missing content.
func lacking(err error) error {
	if errors.Is(err, registry.ErrNotFound) {
		return registry.Errorf(registry.ErrUnverified, "the target reported content that it does not have: %v (use --force to send it again)", err)
	}
	return err
}

func distinct(lists [][]v1.Descriptor) []v1.Descriptor {
	var all []v1.Descriptor
	seen := map[v1.Hash]bool{}
	for _, list := range lists {
		for _, d := range list {
			if !seen[d.Digest] {
				seen[d.Digest] = true
				all = append(all, d)
			}
		}
	}
	return all
}
