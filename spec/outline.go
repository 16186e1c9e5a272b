package spec

import (
	"crypto/sha256"
	"slices"
)

// An Outline is what a run over many specs compares of a spec: the places, the tags that the spec pushes, and the tags
// that its sources name. A run may have many thousand outlines, so they hold keys of tags and share their places.
type Outline struct {
	Targets, Sources []*Place // each once
	pushes, needs    []TagKey
	// images are the tags that the images of the index get, and patterns what is known of those that depend on the images.
	images   []TagKey
	patterns []placedPattern
}

// A TagKey stands for a tag in a place: the first bytes of a SHA-256. Two of a million tags share a key with a
// probability of about 10^-17.
type TagKey [12]byte

// Key returns the key of the tag of a reference.
func (r Reference) Key() (key TagKey) {
	sum := sha256.Sum256([]byte(r.Place.String() + "\x00" + r.Tag))
	copy(key[:], sum[:])
	return key
}

// An outliner makes outlines, in which specs share their places.
type outliner struct{ places map[Place]*Place }

func newOutliner() outliner { return outliner{map[Place]*Place{}} }

func (o outliner) outline(s Spec) (l Outline) {
	for _, t := range s.Targets {
		l.Targets = append(l.Targets, o.shared(t.Place))
		for _, tag := range t.Tags {
			l.pushes = append(l.pushes, Reference{Place: t.Place, Tag: tag}.Key())
		}
		o.foresee(&l, s, t)
	}
	for _, e := range s.Entries {
		if place := o.shared(e.Source.Place); !slices.Contains(l.Sources, place) {
			l.Sources = append(l.Sources, place)
		}
		if by := e.Source.madeBy(); by != (Reference{}) {
			l.needs = append(l.needs, by.Key())
		}
	}
	return l
}

// foresee adds the tags of --platform-tags at a target.
func (o outliner) foresee(l *Outline, s Spec, t Target) {
	if s.PlatformTags.IsZero() {
		return
	}
	for _, e := range s.Entries {
		known, patterns := s.PlatformTags.foresee(t.Tags, e)
		for _, tag := range known {
			l.images = append(l.images, Reference{Place: t.Place, Tag: tag}.Key())
		}
		for _, pattern := range patterns {
			if p := (placedPattern{o.shared(t.Place), pattern}); !slices.Contains(l.patterns, p) {
				l.patterns = append(l.patterns, p)
			}
		}
	}
}

// shared is the one copy of a place.
func (o outliner) shared(place Place) *Place {
	known, ok := o.places[place]
	if !ok {
		known = &place
		o.places[place] = known
	}
	return known
}

// madeBy is the reference that a spec of the same run has to push to make this source. A digest is no such source.
func (r Reference) madeBy() Reference {
	if r.Digest.Hex != "" {
		return Reference{}
	}
	r = r.WithDefaultTag()
	return Reference{Place: r.Place, Tag: r.Tag}
}
