package run

import (
	"context"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A checked subject is an argument of outdated, and what was read of it.
type checked struct {
	subject
	held     []resolve.Side // the image, or what the first tag of each target of a spec holds
	recorded []plan.RecordedSource
	without  int // entries without a recorded source
	leader   remote.Leader
}

// places are those of the subject itself. They come before the places that an index names, so that credentials without a
// host are for the registry that the user names.
func (s checked) places() []spec.Place {
	if s.spec == nil {
		return []spec.Place{s.Image.Place}
	}
	return placesOf(*s.spec).targets
}

// sources are the references of the sources.
func (s checked) sources() []spec.Reference {
	var refs []spec.Reference
	for _, source := range s.recorded {
		refs = append(refs, source.Source)
	}
	if s.spec != nil {
		refs = append(refs, s.spec.Members()...)
	}
	return refs
}

func (s *checked) read(ctx context.Context, session *session) error {
	switch {
	case s.Draft != "":
		return nil
	case s.spec != nil:
		return s.readTargets(ctx, session)
	}
	side, err := resolve.ReadSide(ctx, session, s.Image)
	if err != nil {
		return err
	}
	s.held, s.leader = []resolve.Side{side}, leaderOf(session, s.Image)
	s.recorded, s.without = plan.RecordedSources(side.Listed())
	if len(s.recorded) == 0 {
		return output.Usagef("%s has no recorded sources: push the image with --record-sources, or name the spec that the image is made from", s.Word)
	}
	return nil
}

// leaderOf is the registry of an image, whose content may name other registries. An image on disk is the user's own.
func leaderOf(session *session, image spec.Reference) remote.Leader {
	if image.Place.Kind != spec.Registry {
		return remote.Leader{}
	}
	r := image.Place.Repository.Registry
	return remote.Leader{Registry: r.RegistryStr(), Reach: session.remote.Reach(r)}
}

// readTargets reads what the first tag of each target holds, if the tag exists.
func (s *checked) readTargets(ctx context.Context, session registry.Session) error {
	var read []func(context.Context) (resolve.Side, error)
	for _, t := range s.spec.Targets {
		if len(t.Tags) == 0 {
			continue
		}
		ref := spec.Reference{Place: t.Place, Tag: t.Tags[0]}
		read = append(read, func(ctx context.Context) (resolve.Side, error) {
			side, err := resolve.ReadSide(ctx, session, ref)
			if errors.Is(err, registry.ErrNotFound) {
				return resolve.AbsentSide(ref), nil
			}
			return side, err
		})
	}
	var err error
	s.held, err = resolve.ReadSides(ctx, read...)
	return err
}

// check compares the sources of a subject with what they are now. A spec has a result for each target.
func (s checked) check(ctx context.Context, session registry.Session, now map[spec.Reference]v1.Descriptor) ([]plan.SubjectCheck, error) {
	if s.spec == nil || s.Draft != "" {
		c := plan.SubjectCheck{Name: s.Word, Sources: plan.CheckTags(s.recorded, now), Without: s.without}
		if len(s.held) > 0 {
			c.Digest = s.held[0].Manifest.Digest
		}
		return []plan.SubjectCheck{c}, nil
	}
	var checks []plan.SubjectCheck
	for _, side := range s.held {
		held := side.Listed()
		found, err := resolve.SelectedImages(ctx, session, *s.spec, plan.Unsettled(*s.spec, now, held))
		if err != nil {
			return nil, err
		}
		checks = append(checks, plan.SubjectCheck{Name: s.nameOf(side), Digest: side.Manifest.Digest, Sources: plan.CheckSpec(*s.spec, now, held, found)})
	}
	return checks, nil
}

// nameOf is the name of a target of a spec.
func (s checked) nameOf(side resolve.Side) string {
	return fmt.Sprintf("%s (%s)", side.Reference, s.Word)
}

// placesOfSources are the places of all subjects, and behind them those of the sources. A registry that only an index
// names has the registry of the index as its leader: of several, the one that allows least.
func placesOfSources(subjects []checked) places {
	p := places{leaders: map[string]remote.Leader{}}
	named := map[string]bool{} // registries that the user names
	for _, s := range subjects {
		own := s.places()
		if s.spec != nil {
			own = s.spec.Places()
		}
		for _, place := range own {
			named[place.Repository.RegistryStr()] = true
		}
		p.sources = append(p.sources, s.places()...)
	}
	for _, s := range subjects {
		for _, ref := range s.sources() {
			host := ref.Place.Repository.RegistryStr()
			p.sources = append(p.sources, ref.Place)
			before, led := p.leaders[host]
			if s.leader.Registry != "" && !named[host] && (!led || s.leader.Reach < before.Reach) {
				p.leaders[host] = s.leader
			}
		}
	}
	return p
}
