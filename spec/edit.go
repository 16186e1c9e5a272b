package spec

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec/platforms"
	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// An Edit is what is to become of an index that is there.
type Edit struct {
	Index Reference
	// Spec says where the result goes, what is added as its entries, and what is annotated.
	Spec   Spec
	Remove []Pick
	Placed []Placed
}

// Places are the repositories and folders that the edit names: the targets first, each once.
func (e Edit) Places() []Place {
	places := e.Spec.Places()
	if !slices.Contains(places, e.Index.Place) {
		places = append(places, e.Index.Place)
	}
	return places
}

// A Pick names an entry of an index: by its digest, or by the platform of its image.
type Pick struct {
	Digest   v1.Hash
	Platform v1.Platform
}

// String is the pick as it was written.
func (p Pick) String() string {
	if p.Digest != (v1.Hash{}) {
		return p.Digest.String()
	}
	return p.Platform.String()
}

// Placed gives an entry another platform.
type Placed struct {
	Pick
	To v1.Platform
}

// EditArgs is an edit on a command line.
type EditArgs struct {
	Index       string
	Add         []string // SOURCE[,platform=PLATFORM] or DIGEST[,platform=PLATFORM]
	Remove      []string // PLATFORM or DIGEST
	SetPlatform []string // PLATFORM=PLATFORM or DIGEST=PLATFORM
	Tags        []string // where the result goes instead: a tag, or a name with one
}

// ParseEdit makes an Edit of arguments.
func ParseEdit(args EditArgs, opts Options) (Edit, error) {
	p := editParser{opts: opts}
	e := p.edit(args)
	if p.problems != nil {
		return Edit{}, &Error{Problems: p.problems}
	}
	return e, nil
}

type editParser struct {
	opts     Options
	problems []Problem
}

func (p *editParser) wrong(err error) bool {
	if err != nil {
		p.problems = append(p.problems, Problem{Text: err.Error()})
	}
	return err != nil
}

func (p *editParser) edit(args EditArgs) Edit {
	index, err := ParseReference(args.Index)
	if p.wrong(err) {
		return Edit{}
	}
	if index.Digest != (v1.Hash{}) {
		index.Tag = "" // the digest counts
	}
	e := Edit{Index: index.WithDefaultTag(), Spec: Spec{Type: cmp.Or(p.opts.Type, Auto), KeepMissing: p.opts.KeepMissing}}
	for _, add := range args.Add {
		e.Spec.Entries = append(e.Spec.Entries, p.entry(add, index.Place))
	}
	for _, word := range args.Remove {
		e.Remove = append(e.Remove, p.pick(word))
	}
	for _, pair := range args.SetPlatform {
		pick, platform, ok := strings.Cut(pair, "=")
		if !ok {
			p.wrong(fmt.Errorf("set platform %q: expected PLATFORM=PLATFORM or DIGEST=PLATFORM", pair))
			continue
		}
		e.Placed = append(e.Placed, Placed{p.pick(pick), p.platform(platform)})
	}
	e.Spec.annotate(p.opts.Annotations)
	p.wrong(e.Spec.checkType())
	if e.Spec.Type == Auto && len(e.Spec.Entries)+len(e.Remove)+len(e.Placed)+len(e.Spec.Annotations)+len(e.Spec.ImageAnnotations) == 0 {
		p.wrong(errors.New("nothing to change: use --add, --remove, --set-platform, --annotation or --type"))
	}
	p.wrong(p.targets(&e, args.Tags))
	names, errs := tagpattern.ParseNames(p.opts.ArchNames, p.opts.AllowUnknownPlatform)
	for _, err := range errs {
		p.wrong(err)
	}
	e.Spec.PlatformTags, err = e.Spec.platformTags(p.opts.PlatformTags, names)
	p.wrong(err)
	return e
}

// targets are where the result goes: to the tag that was edited, unless another is given.
func (p *editParser) targets(e *Edit, tags []string) error {
	switch {
	case len(tags) == 0 && e.Index.Digest != (v1.Hash{}):
		return fmt.Errorf("image %q: a digest cannot be changed: name the result with --tag", e.Index)
	case len(tags) == 0 && e.Index.Place.Kind.IsArchive():
		return fmt.Errorf("image %q: an archive cannot be changed: name another place for the result with --tag", e.Index)
	case len(tags) == 0 && e.Index.Tag == "":
		return fmt.Errorf("image %q: the name of the image to change is missing: %s:TAG", e.Index, e.Index)
	case len(tags) == 0:
		return e.Spec.addTarget(e.Index)
	}
	for _, tag := range tags {
		target, err := parseTagOrName(tag, e.Index.Place)
		if err = cmp.Or(err, e.Spec.addTarget(target)); err != nil {
			return err
		}
		if target.Place == e.Index.Place && target.Place.Kind.IsArchive() {
			return fmt.Errorf("image %q: an archive cannot be changed: name another place for the result with --tag", target)
		}
	}
	_, err := e.Spec.setTags(nil, false)
	return err
}

// entry parses an image to add. A digest without a repository is an image in the place of the index.
func (p *editParser) entry(add string, index Place) Entry {
	source, platform, placed := strings.Cut(add, ",platform=")
	ref, err := ParseMember(source, index)
	p.wrong(err)
	e := Entry{Source: ref}
	if placed {
		e.Platform = p.platform(platform)
	}
	return e
}

func (p *editParser) pick(word string) Pick {
	if strings.Contains(word, "/") {
		return Pick{Platform: p.platform(word)}
	}
	digest, err := parseDigest(word)
	if err != nil {
		err = fmt.Errorf("%q is neither a platform, such as linux/arm64, nor a digest", word)
	}
	p.wrong(err)
	return Pick{Digest: digest}
}

func (p *editParser) platform(word string) v1.Platform {
	platform, err := platforms.Parse(word)
	platform = platforms.Normalise(platform)
	if err == nil && !p.opts.AllowUnknownPlatform {
		err = platforms.Check(platform)
	}
	p.wrong(err)
	return platform
}
