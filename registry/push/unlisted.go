package push

import (
	"cmp"
	"context"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// unlisted are the manifests of a push with a subject that the registry does not list itself. The client must list
// them (distribution-spec, "Pushing Manifests with Subject").
type unlisted struct {
	mu sync.Mutex
	of map[v1.Hash][]index.Entry // by subject, as they stand in the list
}

// add adds a manifest, if it has a subject.
func (u *unlisted) add(m registry.Manifest) error {
	subject, err := registry.SubjectOf(m)
	if err != nil || subject == (v1.Hash{}) {
		return err
	}
	e, err := index.NewReferrer(m)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of == nil {
		u.of = map[v1.Hash][]index.Entry{}
	}
	if !lists(u.of[subject], []index.Entry{e}) {
		u.of[subject] = append(u.of[subject], e)
	}
	return nil
}

// subjects returns the subjects of the manifests in a stable order.
func (u *unlisted) subjects() []v1.Hash {
	u.mu.Lock()
	defer u.mu.Unlock()
	subjects := make([]v1.Hash, 0, len(u.of))
	for subject := range u.of {
		subjects = append(subjects, subject)
	}
	slices.SortStableFunc(subjects, func(a, b v1.Hash) int { return cmp.Compare(a.String(), b.String()) })
	return subjects
}

// referrers returns the manifests with a subject in a stable order.
func (u *unlisted) referrers(subject v1.Hash) []index.Entry {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.SortedFunc(slices.Values(u.of[subject]), func(a, b index.Entry) int {
		return cmp.Compare(a.Descriptor.Digest.String(), b.Descriptor.Digest.String())
	})
}

// putByDigest stores a manifest by its digest. It reports whether the registry lists the manifest as a
// referrer of its subject.
func (p *pusher) putByDigest(ctx context.Context, m registry.Manifest) (listed bool, err error) {
	ref := registry.Ref{Digest: m.Digest}
	putter, ok := p.target.(registry.ReferrerPutter)
	subject, err := registry.SubjectOf(m)
	if err != nil || !ok || subject == (v1.Hash{}) {
		return false, p.target.PutManifest(ctx, ref, m)
	}
	return putter.PutReferrer(ctx, m)
}

// store stores a manifest by its digest, and keeps it for listAll if a registry does not list it. A layout needs no
// such list: its index would only gain a name.
func (p *pusher) store(ctx context.Context, m registry.Manifest) error {
	listed, err := p.putByDigest(ctx, m)
	if err != nil || listed || p.plan.Target.Kind != spec.Registry {
		return err
	}
	return p.unlisted.add(m)
}

// addPresent keeps manifests that existed before for listAll: a run that stopped between their PUT and the list has
// moved no tag.
func (p *pusher) addPresent(ctx context.Context) error {
	if p.plan.Target.Kind != spec.Registry || !p.movesTags() {
		return nil
	}
	for _, e := range p.plan.Entries {
		if e.RefersTo == (v1.Hash{}) || e.Copy || e.From == p.plan.Target {
			continue
		}
		source, err := p.session.Open(ctx, e.From)
		if err != nil {
			return registry.WrapOp("open", e.From, err)
		}
		m, err := source.Manifest(ctx, registry.Ref{Digest: e.Descriptor.Digest})
		if err == nil {
			err = p.unlisted.add(m)
		}
		if err != nil {
			return registry.WrapOp("read", spec.Reference{Place: e.From, Digest: e.Descriptor.Digest}, err)
		}
	}
	return nil
}
