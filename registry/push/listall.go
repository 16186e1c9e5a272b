package push

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

const (
	// listTries limits the writes of a referrers list that other clients change, too.
	listTries = 10
	// listSettles is how long a client may need between its last look at a list and its write. After that
	// time, a look at the list shows whether another client has overwritten what we wrote.
	listSettles = time.Second
)

// listAll lists the manifests with a subject that the registry does not list itself. Another client may have read a
// list before we wrote it and may write its own list after that, so listAll looks at each written list once more.
func (p *pusher) listAll(ctx context.Context) error {
	subjects := p.unlisted.subjects()
	for range listTries {
		written, err := p.listOnce(ctx, subjects)
		if err != nil || len(written) == 0 || p.plan.Target.Kind != spec.Registry {
			return err
		}
		if err := pause(ctx, listSettles); err != nil {
			return err
		}
		if subjects, err = p.overwritten(ctx, written); err != nil || len(subjects) == 0 {
			return err
		}
	}
	return registry.WrapOp("push", p.byTag(registry.ReferrersTag(subjects[0])), errNoRest)
}

// errNoRest ends the tries to write a list.
var errNoRest = registry.Errorf(registry.ErrRefused, "other clients keep changing the list of referrers of the image")

// listOnce lists all referrers of some subjects, and returns the lists that it has written, by subject.
func (p *pusher) listOnce(ctx context.Context, subjects []v1.Hash) (written map[v1.Hash]v1.Hash, err error) {
	lists := make([]v1.Hash, len(subjects))
	err = parallel.Each(ctx, len(subjects), func(ctx context.Context, i int) (err error) {
		lists[i], err = p.list(ctx, subjects[i], p.unlisted.referrers(subjects[i]))
		return p.forgive(subjects[i], registry.WrapOp("push", p.byTag(registry.ReferrersTag(subjects[i])), err))
	})
	written = map[v1.Hash]v1.Hash{}
	for i, subject := range subjects {
		if lists[i] != (v1.Hash{}) {
			written[subject] = lists[i]
		}
	}
	return written, err
}

// overwritten returns the subjects whose tag no longer holds the list that was written.
func (p *pusher) overwritten(ctx context.Context, written map[v1.Hash]v1.Hash) ([]v1.Hash, error) {
	var lost []v1.Hash
	subjects := slices.SortedFunc(maps.Keys(written), func(a, b v1.Hash) int { return strings.Compare(a.Hex, b.Hex) })
	for _, subject := range subjects {
		list := written[subject]
		ref := registry.Ref{Tag: registry.ReferrersTag(subject)}
		d, err := p.target.Describe(ctx, ref)
		switch {
		case err != nil && !errors.Is(err, registry.ErrNotFound):
			return nil, registry.WrapOp("read", p.byTag(ref.Tag), err)
		case d.Digest != list:
			lost = append(lost, subject)
		}
	}
	return lost, nil
}

// forgive turns the error of a referrers list that cannot be written into a warning, unless the user asked for
// referrers. The index still leads to its attestations.
func (p *pusher) forgive(subject v1.Hash, err error) error {
	refused := errors.Is(err, registry.ErrRefused) || errors.Is(err, registry.ErrDenied)
	if !refused || p.options.Strict || p.isPlannedSubject(subject) || p.options.Warn == nil {
		return err
	}
	p.options.Warn(fmt.Sprintf("the referrers of %s were pushed, but could not be listed: %v", subject, err))
	return nil
}
