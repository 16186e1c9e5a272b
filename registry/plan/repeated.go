package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// checkRepeated looks for an image that is listed for two platforms. A single image for two architectures, of which
// its config denies one, is refused: clients would get a program that their machine cannot run. The publisher of a
// source index has decided on the platforms in it, so that index is only noted.
func (p *planner) checkRepeated(all []candidate) error {
	for i, c := range all {
		same := func(o candidate) bool {
			return o.InGroup() && o.Descriptor.Digest == c.Descriptor.Digest && !index.SameGroup(o.Platform, c.Platform)
		}
		k := slices.IndexFunc(all[:i], same)
		if !c.InGroup() || k < 0 {
			continue
		}
		first, second := index.PlatformText(all[k].Platform), index.PlatformText(c.Platform)
		format, reason, args := "%s is listed for both %s and %s (%s)", WrongPlatform, []any{c.Source, first, second, c.Descriptor.Digest}
		if c.isSingle && p.spec.Template != "" {
			format, reason = "the template %s names one image for %s and for %s (%s)", WrongTemplate
			args[0] = p.spec.Template
		}
		if c.isSingle && c.Source != all[k].Source {
			format, reason = "%s and %s hold the same image, which is listed for %s and for %s (%s)", SameImage
			args = []any{all[k].Source, c.Source, first, second, c.Descriptor.Digest}
		}
		if c.isSingle && (c.isDenied || all[k].isDenied) && !p.options.AllowMismatch {
			config := index.PlatformText(platforms.Normalise(c.config))
			if reason == SameImage {
				wrong := second
				if !c.isDenied {
					wrong = first
				}
				return refuse(reason, "%s and %s hold the same image (%s), which is for %s: the build for %s has probably built for %[4]s", all[k].Source, c.Source, c.Descriptor.Digest, config, wrong)
			}
			return refuse(reason, format+", but the image is for %s", append(args, config)...)
		}
		if err := p.warnOrRefuse(reason, format, args...); err != nil {
			return err
		}
	}
	return nil
}

// denies reports whether the config of an image names another os or architecture than a platform.
func denies(config, platform v1.Platform) bool {
	config = index.Known(&config)
	return config.OS != "" && !platforms.Matches(v1.Platform{OS: config.OS, Architecture: config.Architecture}, platform)
}
