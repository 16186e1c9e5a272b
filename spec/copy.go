package spec

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// A Copy is a copy on a command line: an image as it is, to other places.
type Copy struct {
	Source  string
	Targets []string
	Tags    []string // further tags
}

// FromCopy makes a Spec of a copy: its only entry is the source. A target without a tag takes the further
// tags, or else that of the source.
func FromCopy(c Copy, opts Options) (s Spec, notes []string, err error) {
	var faults faults
	source, err := ParseReference(c.Source)
	faults.add(err)
	source = source.WithDefaultTag()
	s.Entries = []Entry{{Source: source}}
	for _, tag := range c.Tags {
		faults.add(CheckTag(tag))
	}
	for _, word := range c.Targets {
		target, err := ParseReference(word)
		if err == nil && source.Place.Kind == Registry && !strings.ContainsAny(word, "/:@") {
			err = fmt.Errorf("target %q is %s on Docker Hub: for another tag of the source, use %s:%s", word, target.Place, source.Place, word)
		}
		if err == nil && target.Tag == "" && len(c.Tags) == 0 && !opts.ByDigest {
			target.Tag, err = source.tagFor(target)
		}
		if err == nil {
			err = s.addTarget(target)
		}
		faults.add(err)
	}
	notes, err = s.setTags(c.Tags, opts.ByDigest)
	faults.add(err)
	faults.add(s.tagPlatforms(opts)...)
	return s, notes, faults.err()
}

// tagFor is the tag that a target takes from the source.
func (r Reference) tagFor(target Reference) (string, error) {
	if r.Tag == "" {
		return "", fmt.Errorf("image %q: the tag is missing, and %s has no tag to copy: add a tag, or use --by-digest", target, r)
	}
	if err := CheckTag(r.Tag); err != nil && target.Place.Kind == Registry {
		return "", fmt.Errorf("image %q: the tag is missing, and the name of %s is not a valid tag: add a tag", target, r)
	}
	return r.Tag, nil
}

// FromSplit makes a Spec that tags the images of an index where it is. Its target is its source.
func FromSplit(ref string, opts Options) (s Spec, err error) {
	var faults faults
	source, err := ParseReference(ref)
	if faults.add(err); err == nil {
		source = source.WithDefaultTag()
		s.Entries = []Entry{{Source: source}}
		faults.add(s.addTarget(Reference{Place: source.Place, Tag: source.Tag}))
		if source.Place.Kind == OCIArchive {
			faults.add(fmt.Errorf("image %q: an archive cannot be changed", source))
		}
		faults.add(s.tagPlatforms(opts)...)
	}
	return s, faults.err()
}

// A RepositoryCopy is a copy of all images of a repository that have a tag.
type RepositoryCopy struct {
	Source       Place
	Targets      []Place
	filter       TagFilter
	platformTags PlatformTags
}

// FromRepository makes a RepositoryCopy of names without tags. Of the tags it takes those that the filter
// fits, or all if it is empty.
func FromRepository(c Copy, filter string, opts Options) (r RepositoryCopy, err error) {
	var faults faults
	var s Spec
	for i, word := range append([]string{c.Source}, c.Targets...) {
		ref, err := ParseReference(word)
		switch {
		case err != nil:
		case ref.Tag != "" || ref.Digest != v1.Hash{}:
			err = fmt.Errorf("image %q: --all-tags needs a name without a tag: %s", word, ref.Place)
		case i == 0 && ref.Place.Kind.IsArchive():
			err = fmt.Errorf("image %q: --all-tags copies from a registry or a layout, not from an archive", word)
		case i == 0:
			r.Source = ref.Place
		default:
			err = s.addTarget(ref)
		}
		faults.add(err)
	}
	for _, t := range s.Targets {
		if t.Place == r.Source {
			faults.add(fmt.Errorf("%s is both the source and the target", t.Place))
		}
		r.Targets = append(r.Targets, t.Place)
	}
	r.filter, err = ParseTagFilter(filter)
	faults.add(err)
	faults.add(Spec{}.platformTagsOf(opts, &r.platformTags)...)
	if t := r.platformTags; t.template != "" && !strings.Contains(t.template, "TAG") {
		faults.add(fmt.Errorf("platform tags %q: add TAG to the template, otherwise all indexes get the same tags", excerpt.Of(t.template)))
	}
	return r, faults.err()
}

// Takes reports whether a tag is one of those that are copied.
func (r RepositoryCopy) Takes(tag string) bool { return r.filter.Takes(tag) }

// TagsPlatforms reports whether the images of indexes get tags, too.
func (r RepositoryCopy) TagsPlatforms() bool { return !r.platformTags.IsZero() }

// Image is the spec of one of the images, with all its tags.
func (r RepositoryCopy) Image(digest v1.Hash, tags []string) Spec {
	s := Spec{
		Entries:      []Entry{{Source: Reference{Place: r.Source, Tag: tags[0], Digest: digest}}},
		PlatformTags: r.platformTags,
	}
	for _, place := range r.Targets {
		s.Targets = append(s.Targets, Target{Place: place, Tags: tags})
	}
	return s
}

// aboutGrammar is that of tags under which there is no image, but something about one: what cosign puts
// beside it, and the list of what refers to it (distribution-spec, "Referrers Tag Schema").
var aboutGrammar = lazyregexp.New(`^sha256-[0-9a-f]{64}(` + strings.ReplaceAll(strings.Join(CosignSuffixes, "|"), ".", `\.`) + `)?$`)

// CosignSuffixes are the ends of cosign's tags: signatures, attestations, and SBOMs of earlier versions.
var CosignSuffixes = []string{".sig", ".att", ".sbom"}

// IsAboutImage reports whether a tag is for signatures or other data about an image.
func IsAboutImage(tag string) bool { return aboutGrammar().MatchString(tag) }

// tagPlatforms takes the template for the images' tags from options.
func (s *Spec) tagPlatforms(opts Options) []error { return s.platformTagsOf(opts, &s.PlatformTags) }

func (s Spec) platformTagsOf(opts Options, tags *PlatformTags) []error {
	names, errs := tagpattern.ParseNames(opts.ArchNames, opts.AllowUnknownPlatform)
	var err error
	*tags, err = s.platformTags(opts.PlatformTags, names)
	return append(errs, err)
}

// faults are what is wrong with a command line.
type faults []Problem

func (f *faults) add(errs ...error) {
	for _, err := range errs {
		if err != nil {
			*f = append(*f, Problem{Text: err.Error()})
		}
	}
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Problems: slices.Compact(f)}
}
