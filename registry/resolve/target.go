package resolve

import (
	"cmp"
	"context"
	"errors"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A target collects the results of many goroutines about one target.
type target struct {
	place      spec.Place
	repository registry.Repository
	sole       bool            // there is no other
	brief      bool            // see plan.Options
	known      map[string]bool // the tags that exist; nil if the target could not list them

	mu    sync.Mutex
	state plan.TargetState
	letIn bool // whether it has answered for a tag
}

func openTarget(ctx context.Context, session registry.Session, place spec.Place, sole bool) (*target, error) {
	t := &target{place: place, sole: sole, state: plan.NewTargetState()}
	var err error
	t.repository, err = session.Open(ctx, place)
	return t, t.keepError(ctx, registry.WrapOp("open", place, err))
}

// tags reads the current digests of tags.
func (t *target) readTags(ctx context.Context, tags []string) error {
	if t.isLost() {
		return nil
	}
	return t.keepError(ctx, parallel.Each(ctx, len(tags), func(ctx context.Context, i int) error {
		if t.known != nil && !t.known[tags[i]] {
			t.setLetIn()
			return nil
		}
		m, err := t.read(ctx, tags[i])
		switch {
		case errors.Is(err, registry.ErrNotFound):
			t.setLetIn()
			return nil
		case registry.Withheld(err):
			return nil
		case err != nil:
			return registry.WrapOp("read the target", spec.Reference{Place: t.place, Tag: tags[i]}, err)
		}
		t.setLetIn()
		t.setTag(tags[i], m.Digest)
		t.setHeld(m)
		return nil
	}))
}

// read reads what a tag holds. A GET is one request, as a HEAD is, and shows which platforms the tag has. What is not
// sound may be overwritten, so it is only described.
func (t *target) read(ctx context.Context, tag string) (registry.Manifest, error) {
	if !t.brief {
		m, err := t.repository.Manifest(ctx, registry.Ref{Tag: tag})
		if !errors.Is(err, registry.ErrUnverified) {
			return m, err
		}
	}
	d, err := t.repository.Describe(ctx, registry.Ref{Tag: tag})
	return registry.Manifest{MediaType: d.MediaType, Digest: d.Digest}, err
}

// checkPresent finds out whether the target holds a manifest that was found at a place. A target without any tag is not
// asked: it is new, or a stopped run has left parts there, which are sent again at no harm.
func (t *target) checkPresent(ctx context.Context, digest v1.Hash, at spec.Place) error {
	if !t.hasForSure(digest, at) {
		if t.isLost() || t.known != nil && len(t.known) == 0 {
			return nil
		}
		_, err := t.repository.Describe(ctx, registry.Ref{Digest: digest})
		if errors.Is(err, registry.ErrNotFound) && at == t.place {
			return err // only the cache has it
		}
		if errors.Is(err, registry.ErrNotFound) || registry.Withheld(err) {
			return nil
		}
		if err != nil {
			return t.keepError(ctx, registry.WrapOp("read the target", spec.Reference{Place: t.place, Digest: digest}, err))
		}
	}
	t.setPresent(digest)
	return nil
}

// hasForSure reports whether the target holds a manifest without a doubt: this run has read it there, or stored it.
func (t *target) hasForSure(digest v1.Hash, at spec.Place) bool {
	if recorder, ok := t.repository.(registry.Recorder); ok && recorder.Stored(digest) {
		return true
	}
	remembering, ok := t.repository.(registry.Remembering)
	return at == t.place && !(ok && remembering.MayBeGone(digest))
}

// failed keeps what went wrong, so that the other targets can go on. It is given back where there is
// none, or where it is all over.
func (t *target) keepError(ctx context.Context, err error) error {
	if err == nil || t.sole || ctx.Err() != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Err = cmp.Or(t.state.Err, err)
	return nil
}

func (t *target) isLost() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state.Err != nil
}

func (t *target) setLetIn() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.letIn = true
}

func (t *target) setTag(tag string, digest v1.Hash) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Tags[tag] = digest
}

// setHeld keeps what is said of a manifest that a tag holds. Its bytes are dropped.
func (t *target) setHeld(m registry.Manifest) {
	held := plan.NewHeldImage(m)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Held[m.Digest] = held
}

func (t *target) setPresent(digest v1.Hash) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Present[digest] = true
}
