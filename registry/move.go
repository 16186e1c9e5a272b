package registry

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A Move sets one tag. From is what it held when the plan was made, if anything.
type Move struct {
	Tag      string
	From, To v1.Hash
	// Pinned lets it move only if it still holds From.
	Pinned bool
	// Needed is false where the tag holds it already.
	Needed bool
	// Platform is that of the image which the tag is for, if it is not for the index.
	Platform *v1.Platform
}

// A ConflictError is a tag that somebody else has moved since the plan was made.
type ConflictError struct {
	Holds v1.Hash // now; the zero hash if it is gone
	From  v1.Hash // what it held
	Ours  v1.Hash // what we had put, if it was moved behind that
	// Pinned says that what we would put stands on what it held, so that it has to be made anew.
	Pinned bool
}

func (e *ConflictError) Error() string {
	const text = "somebody else moved the tag meanwhile: it holds "
	switch {
	case e.Ours != v1.Hash{}:
		return text + fmt.Sprintf("%s, not our %s", e.Holds, e.Ours)
	case e.From == v1.Hash{}:
		return fmt.Sprintf("somebody else made the tag meanwhile: it holds %s; nothing was moved", e.Holds)
	case e.Holds == v1.Hash{}:
		return fmt.Sprintf("somebody else removed the tag meanwhile: it held %s; nothing was moved", e.From)
	}
	return text + fmt.Sprintf("%s, not %s; nothing was moved", e.Holds, e.From)
}

// Unwrap gives the class.
func (e *ConflictError) Unwrap() error { return ErrRefused }

// indexMoves are the moves of the index, not of its images.
func (p Plan) indexMoves() []Move {
	n := slices.IndexFunc(p.Moves, func(m Move) bool { return m.Platform != nil })
	if n < 0 {
		return p.Moves
	}
	return p.Moves[:n]
}

// moves tells whether any tag will hold another index.
func (p Plan) moves() bool {
	moves := p.indexMoves()
	return len(moves) == 0 || slices.ContainsFunc(moves, func(m Move) bool { return m.From != m.To })
}

// name lists the tags of the index and those of its images. Attestations get none.
func (p *Plan) name(tags []string, byPlatform spec.PlatformTags) error {
	for _, tag := range tags {
		p.Moves = append(p.Moves, Move{Tag: tag, To: p.Index.Digest})
	}
	for _, e := range p.Entries {
		if !e.isImage() {
			continue
		}
		for _, tag := range byPlatform.For(tags, e.Platform) {
			if err := checkPlatformTag(tag, e.Platform, p.Moves); err != nil {
				return err
			}
			p.Moves = append(p.Moves, Move{Tag: tag, To: e.Manifest.Digest, Platform: &e.Platform})
		}
	}
	return nil
}

// checkPlatformTag refuses a tag that something else gets as well.
func checkPlatformTag(tag string, platform v1.Platform, others []Move) error {
	if err := spec.CheckTag(tag); err != nil {
		return Errorf(ErrInvalid, "the platform tag for %s: %w", describe(platform), err)
	}
	for _, m := range others {
		switch {
		case m.Tag != tag:
		case m.Platform == nil:
			return Errorf(ErrInvalid, "the platform tag for %s is %s, as that of the index", describe(platform), tag)
		default:
			return Errorf(ErrInvalid, "the platform tag for %s and for %s is %s: write OS, VARIANT or OSVERSION into the template",
				describe(*m.Platform), describe(platform), tag)
		}
	}
	return nil
}

// CheckMoves refuses moves of several images that set one tag to two things, of which the last would win. Two
// indexes never have the same tag.
func CheckMoves(moves []Move) error {
	tags := map[string]Move{}
	for _, m := range moves {
		other, again := tags[m.Tag]
		if tags[m.Tag] = m; !again || other.To == m.To {
			continue
		}
		if m.Platform == nil {
			m, other = other, m
		}
		return Errorf(ErrInvalid, "tag %s is that of %s, and would be that of the image for %s, %s: another template for --platform-tags, or --tag-filter, keeps them apart",
			m.Tag, other.To, describe(*m.Platform), m.To)
	}
	return nil
}
