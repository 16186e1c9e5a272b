package cli

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

func (p *program) diffCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "diff",
		Category:        help.Check,
		Usage:           "show what differs between two images, or a spec and its target",
		ArgsUsage:       "IMAGE|SPEC [IMAGE|SPEC ...]",
		Description:     help.Description("diff"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(diffFlags(), draftFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			o, err := diffOptionsOf(c)
			if err != nil {
				return err
			}
			if c.Args().Len() == 0 {
				return output.Usagef("IMAGE is missing: the image or the spec to compare")
			}
			return p.runner.Diff(c.Context, c.Args().Slice(), o)
		},
	}
}

func diffOptionsOf(c *cli.Context) (run.DiffOptions, error) {
	push, err := pushOptionsOf(c)
	o := run.DiffOptions{PushOptions: push}
	if err != nil {
		return o, err
	}
	if o.Drafts, err = draftsOf(c); err != nil {
		return o, err
	}
	if o.Ignore, err = ignoredOf(c, run.DiffIgnorable); err != nil {
		return o, err
	}
	if c.IsSet(flagPlatform) {
		only, err := parsePlatforms([]string{c.String(flagPlatform)}, "--"+flagPlatform, c.Bool(flagAllowUnknown))
		if err != nil {
			return o, err
		}
		o.Only = &only[0]
	}
	if !c.IsSet(flagPlatforms) {
		return o, nil
	}
	var between []v1.Platform
	if between, err = platformsOf(c, flagPlatforms); err != nil {
		return o, err
	}
	switch {
	case o.Only != nil:
		return o, output.Usagef("use --platform or --platforms, not both")
	case len(between) != 2:
		return o, output.Usagef("--platforms compares two platforms: %d are given", len(between))
	}
	o.Between = between
	return o, nil
}

// ignoredOf returns what --ignore names, of some words.
func ignoredOf(c *cli.Context, known []string) ([]string, error) {
	ignored := words(c.StringSlice(flagIgnore))
	if c.IsSet(flagIgnore) && len(ignored) == 0 {
		return nil, emptyList(flagIgnore)
	}
	for _, word := range ignored {
		if !slices.Contains(known, word) {
			return nil, output.Usagef("--%s %q: the flag takes %s%s", flagIgnore, word, output.OrList(known), nearest.DidYouMean(word, known...))
		}
	}
	return ignored, nil
}
