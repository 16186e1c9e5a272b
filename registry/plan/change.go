package plan

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Change is one thing that an edit does to an index.
type Change struct {
	What     string // added, replaced, removed, platform, annotated
	Platform v1.Platform
	From, To v1.Hash // the manifests that go and come
}

// twins are pairs of images for one platform.
func (l RawIndex) duplicatePlatforms() (pairs []string) {
	var images []Entry
	for _, entry := range l.Entries {
		for _, e := range entry.planned {
			same := func(other Entry) bool { return other.Platform.Equals(e.Platform) }
			if i := slices.IndexFunc(images, same); i >= 0 && e.isImage() {
				pairs = append(pairs, fmt.Sprintf("%s: %s and %s", Describe(e.Platform), images[i].Descriptor.Digest, e.Descriptor.Digest))
			} else if e.isImage() {
				images = append(images, e)
			}
		}
	}
	return pairs
}

// matching are the entries that a pick stands for: all with a digest, or the image for a platform. One that
// fits several images is no pick.
func (l *RawIndex) matching(pick spec.Pick) ([]int, error) {
	var found []int
	for i, e := range l.Entries {
		if e.Digest == pick.Digest || pick.Digest == (v1.Hash{}) && e.isImage() && spec.Matches(pick.Platform, e.platform()) {
			found = append(found, i)
		}
	}
	if pick.Digest == (v1.Hash{}) && len(found) > 1 {
		return nil, registry.Errorf(registry.ErrInvalid, "%s may be %d of its images: name the variant or version, or the digest; the index has %s", pick, len(found), list(l.platforms()))
	}
	return found, nil
}

// platforms are those of its images.
func (l *RawIndex) platforms() (there []v1.Platform) {
	for _, e := range l.Entries {
		if e.isImage() {
			there = append(there, e.platform())
		}
	}
	return there
}

// remove takes out entries, each with its attestations. What is not there need not be taken out.
func (p *planner) remove(l *RawIndex, picks []spec.Pick) error {
	for _, pick := range picks {
		found, err := l.matching(pick)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			if err := p.warnOrFail("there is no entry %s to remove; the index has %s", pick, list(l.platforms())); err != nil {
				return err
			}
		}
		for _, i := range slices.Backward(found) {
			gone := l.Entries[i]
			l.changed("removed", gone.platform(), gone.Digest, v1.Hash{})
			l.Entries = slices.Delete(l.Entries, i, i+1)
		}
		if len(found) > 0 && pick.Digest == (v1.Hash{}) {
			pick.Digest = l.changes[len(l.changes)-1].From
		}
		l.dropAttestations(pick.Digest)
	}
	return nil
}

// dropAttestations takes out what is about an image that is not there any more.
func (l *RawIndex) dropAttestations(of v1.Hash) {
	still := func(e RawEntry) bool { return e.Digest == of }
	if slices.ContainsFunc(l.Entries, still) {
		return
	}
	l.Entries = slices.DeleteFunc(l.Entries, func(e RawEntry) bool {
		subject, isAttestation := Attests(e.Descriptor)
		return isAttestation && subject == of.String()
	})
}

// place gives entries other platforms. One that has it already may have been given it before.
func (l *RawIndex) place(placed []spec.Placed) error {
	for _, p := range placed {
		found, err := l.matching(p.Pick)
		if err != nil {
			return err
		}
		has := func(there v1.Platform) bool { return there.Equals(p.To) }
		if len(found) == 0 && !slices.ContainsFunc(l.platforms(), has) {
			return registry.Errorf(registry.ErrNotFound, "there is no entry %s; the index has %s", p.Pick, list(l.platforms()))
		}
		for _, i := range found {
			if err := l.placeOne(&l.Entries[i], p.To); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *RawIndex) placeOne(e *RawEntry, to v1.Platform) error {
	if e.platform().Equals(to) {
		return nil
	}
	l.changed("platform", to, e.Digest, e.Digest)
	e.Platform = &to
	e.planned[len(e.planned)-1].Platform = to
	return e.set("platform", to)
}

// upsert puts images where those of the same platform are, or behind all others.
func (l *RawIndex) upsert(additions [][]RawEntry) {
	for _, addition := range additions {
		image := addition[0]
		same := func(e RawEntry) bool { return e.isImage() && spec.Equivalent(e.platform(), image.platform()) }
		i := slices.IndexFunc(l.Entries, same)
		if i < 0 {
			l.changed("added", image.platform(), v1.Hash{}, image.Digest)
			l.Entries = append(l.Entries, addition...)
			continue
		}
		old := l.Entries[i]
		if old.Digest == image.Digest {
			continue // with the attestations that it has
		}
		l.changed("replaced", image.platform(), old.Digest, image.Digest)
		l.Entries[i] = image
		l.dropAttestations(old.Digest)
		i = slices.IndexFunc(l.Entries, same)
		l.Entries = slices.Insert(l.Entries, i+1, addition[1:]...)
	}
}
