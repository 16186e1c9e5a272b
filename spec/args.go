package spec

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
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
		given, err := ParsePlatform(word)
		faults.add(err)
		if err != nil {
			continue
		}
		platform := Normalise(given)
		if !opts.AllowUnknownPlatform {
			faults.add(CheckPlatform(platform))
		}
		if !strings.EqualFold(given.Architecture, platform.Architecture) {
			notes = append(notes, fmt.Sprintf("platform %s is %s, which also replaces ARCH in the template (use --arch-names %s=%s to keep the other name there)",
				word, platform, archKey(platform), given.Architecture))
		}
		source, err := ParseReference(names.expand(args.Template, platform))
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
func (args Args) withoutImages(opts Options) (s Spec, names archNames, notes []string, found faults) {
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
	names, errs := parseArchNames(opts.ArchNames, opts.AllowUnknownPlatform)
	found.add(errs...)
	s.PlatformTags, err = s.platformTags(opts.PlatformTags, names)
	found.add(err)
	return s, names, notes, found
}

// archNames maps architectures, with or without variant, to the names they have in a template.
type archNames map[string]string

func parseArchNames(pairs []string, allowUnknown bool) (names archNames, errs []error) {
	names = archNames{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" || value == "" {
			errs = append(errs, fmt.Errorf("arch name %q: expected ARCHITECTURE=NAME, such as amd64=x86_64 or arm/v7=arm32v7", pair))
			continue
		}
		architecture, variant, _ := strings.Cut(key, "/")
		p := Normalise(v1.Platform{Architecture: architecture, Variant: variant})
		if err := CheckPlatform(p); err != nil && !allowUnknown {
			errs = append(errs, fmt.Errorf("arch name %q: %w", pair, err))
		}
		if old, ok := names[archKey(p)]; ok && old != value {
			errs = append(errs, fmt.Errorf("arch name %q: %s already has the name %s", pair, archKey(p), old))
		}
		names[archKey(p)] = value
	}
	return names, errs
}

// archKey is an architecture with its variant, if it has one.
func archKey(p v1.Platform) string { return strings.TrimSuffix(p.Architecture+"/"+p.Variant, "/") }

// expand replaces OS, ARCH and VARIANT everywhere in the template, and never looks at a replacement again. A name
// that is given for architecture and variant together replaces both. Others are further words with their
// replacements.
func (names archNames) expand(template string, p v1.Platform, others ...string) string {
	arch, variant := p.Architecture, p.Variant
	if name, ok := names[arch+"/"+variant]; ok && variant != "" {
		arch, variant = name, ""
	} else if name, ok := names[arch]; ok {
		arch = name
	}
	return strings.NewReplacer(append(others, "VARIANT", variant, "ARCH", arch, "OS", p.OS)...).Replace(template)
}
