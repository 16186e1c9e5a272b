package registry

import (
	"cmp"
	"context"
	"errors"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A target is what many goroutines find out together about one target.
type target struct {
	place      spec.Place
	repository Repository
	sole       bool // there is no other

	mu    sync.Mutex
	held  Held
	letIn bool // whether it has answered for a tag
}

func openTarget(ctx context.Context, session Session, place spec.Place, sole bool) (*target, error) {
	t := &target{place: place, sole: sole, held: Held{
		Tags: map[string]v1.Hash{}, Present: map[v1.Hash]bool{}, Listed: map[referral]bool{}, Beyond: map[string]bool{}, Covers: map[string]bool{},
	}}
	var err error
	t.repository, err = session.Open(ctx, place)
	return t, t.failed(ctx, opError("open", place, err))
}

// tags finds out what tags hold.
func (t *target) tags(ctx context.Context, tags []string) error {
	if t.isLost() {
		return nil
	}
	return t.failed(ctx, each(ctx, len(tags), func(ctx context.Context, i int) error {
		d, err := t.repository.Describe(ctx, Ref{Tag: tags[i]})
		switch {
		case errors.Is(err, ErrNotFound):
			t.setLetIn()
			return nil
		case forbidden(err):
			return nil
		case err != nil:
			return opError("read", spec.Reference{Place: t.place, Tag: tags[i]}, err)
		}
		t.setLetIn()
		t.setTag(tags[i], d.Digest)
		return nil
	}))
}

// present finds out whether the target holds a manifest that was found at a place.
func (t *target) present(ctx context.Context, digest v1.Hash, at spec.Place) error {
	if at != t.place {
		if t.isLost() {
			return nil
		}
		_, err := t.repository.Describe(ctx, Ref{Digest: digest})
		if errors.Is(err, ErrNotFound) || forbidden(err) {
			return nil
		}
		if err != nil {
			return t.failed(ctx, opError("read", spec.Reference{Place: t.place, Digest: digest}, err))
		}
	}
	t.setPresent(digest)
	return nil
}

// forbidden tells whether the answer was a 403. Some registries say that of what is not there yet
// (Artifactory, RTFACT-13797); whether the target may be written shows at the first write.
func forbidden(err error) bool {
	var answer interface{ Forbidden() bool }
	return errors.As(err, &answer) && answer.Forbidden()
}

// failed keeps what went wrong, so that the other targets can go on. It is given back where there is
// none, or where it is all over.
func (t *target) failed(ctx context.Context, err error) error {
	if err == nil || t.sole || ctx.Err() != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held.Err = cmp.Or(t.held.Err, err)
	return nil
}

func (t *target) isLost() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held.Err != nil
}

func (t *target) setLetIn() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.letIn = true
}

func (t *target) setTag(tag string, digest v1.Hash) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held.Tags[tag] = digest
}

func (t *target) setPresent(digest v1.Hash) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held.Present[digest] = true
}
