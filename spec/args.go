package spec

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/manifest-tool/manifest-tool/spec/platforms"
	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// Args is a spec on a command line: one template for the images of all platforms.
type Args struct {
	Platforms []string // os/architecture[/variant], or [AutoPlatforms] alone
	// Template names the images: OS, ARCH and VARIANT in it are replaced, all in one pass.
	Template string
	Target   string
	Tags     []string
}

// FromArgs makes a Spec of arguments. The notes are for the user to read.
func FromArgs(args Args, opts Options) (s Spec, notes []string, err error) {
	s, names, notes, faults := args.withoutImages(opts)
	for _, word := range args.Platforms {
		given, err := platforms.Parse(word)
		faults.add(err)
		if err != nil {
			continue
		}
		platform := platforms.Normalise(given)
		if !opts.AllowUnknownPlatform {
			faults.add(platforms.Check(platform))
		}
		if !strings.EqualFold(given.Architecture, platform.Architecture) {
			notes = append(notes, fmt.Sprintf("platform %s is %s, which also replaces ARCH in the template (use --arch-names %s=%s to keep the other name there)",
				word, platform, tagpattern.KeyOf(platform), given.Architecture))
		}
		source, err := ParseReference(names.Expand(args.Template, platform))
		faults.add(err)
		s.Entries = append(s.Entries, Entry{Source: source.WithDefaultTag(), Platform: platform})
	}
	if len(args.Platforms) == 0 {
		faults.add(errors.New("no platform given: --platforms linux/amd64,linux/arm64"))
	}
	if len(args.Platforms) > MaxEntries {
		faults.add(fmt.Errorf("%d platforms; the limit is %d", len(args.Platforms), MaxEntries))
	}
	if err := faults.err(); err != nil {
		return Spec{}, nil, err
	}
	return s, notes, nil
}

// withoutImages makes what arguments say beside the images.
func (args Args) withoutImages(opts Options) (s Spec, names tagpattern.Names, notes []string, found faults) {
	s = Spec{Type: cmp.Or(opts.Type, Auto), KeepMissing: opts.KeepMissing, Template: args.Template}
	s.annotate(opts.Annotations)
	found.add(s.checkType())
	for _, tag := range args.Tags {
		found.add(CheckTag(tag))
	}
	target, err := ParseReference(args.Target)
	if found.add(err); err == nil {
		found.add(s.addTarget(target))
	}
	notes, err = s.setTags(args.Tags, opts.ByDigest)
	found.add(err)
	names, errs := tagpattern.ParseNames(opts.ArchNames, opts.AllowUnknownPlatform)
	found.add(errs...)
	s.PlatformTags, err = s.platformTags(opts.PlatformTags, names)
	found.add(err)
	return s, names, notes, found
}

// LacksPlaceholder reports whether the spec comes from a template that names one image, whatever the platform.
func (s Spec) LacksPlaceholder() bool {
	return s.Template != "" && standIns.Replace(s.Template) == s.Template
}
