package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

func (p *program) verifyCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "verify",
		Category:        help.Check,
		Usage:           "check that an image is whole, and that a spec is pushed",
		ArgsUsage:       "IMAGE|SPEC|draft:LIST...",
		Description:     help.Description("verify"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(verifyFlags(), draftFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			if c.Args().Len() == 0 {
				return output.Usagef("verify requires an IMAGE, a SPEC or a draft")
			}
			o, err := verifyOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.Verify(c.Context, c.Args().Slice(), o)
		},
	}
}

func verifyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: flagDeep, Category: help.Checks, Usage: "read and hash every byte of all blobs"},
		&cli.StringSliceFlag{Name: flagRequire, Category: help.Checks, Usage: "`PLATFORM,...` report an error if one of these platforms is missing"},
		&cli.StringSliceFlag{Name: flagExact, Category: help.Checks, Usage: "`PLATFORM,...` as --require, and report all other platforms too"},
		&cli.BoolFlag{Name: flagStrict, Category: help.Checks, Usage: "fail on warnings too, and on unknown keys of a spec"},
		&cli.BoolFlag{Name: flagAllowUnknown, Category: help.Checks, Usage: "accept an unknown os or architecture in flags and specs"},
		&cli.StringSliceFlag{Name: flagRepairFrom, Category: help.Change, Usage: "`IMAGE|REPOSITORY,...` bring missing manifests and blobs from these places; no tag changes"},
		&cli.BoolFlag{Name: flagAllTags, Category: help.Show, Usage: "verify all images of a repository that have a tag"},
		&cli.StringFlag{Name: flagTagFilter, Category: help.Show, Usage: "`GLOB` with --all-tags, verify only tags such as 1.*"},
		&cli.BoolFlag{Name: flagByDigest, Category: help.Show, Usage: "look for the index of a spec by its digest, not by tags"},
		help.NewChoice(flagOutput, help.Output, "print findings as text or for a CI system", "text", "json", "junit", "sarif", "github"),
		&cli.BoolFlag{Name: flagQuiet, Aliases: []string{"q"}, Category: help.Output, Usage: "print only warnings and errors on stderr"},
		help.NewChoice(flagProgress, help.Output, "show progress on stderr", "auto", "plain", "none"),
	}
}

func verifyOptionsOf(c *cli.Context) (run.VerifyOptions, error) {
	shared, err := pushOptionsOf(c)
	if err != nil {
		return run.VerifyOptions{}, err
	}
	o := run.VerifyOptions{
		PushOptions: shared,
		AllTags:     c.Bool(flagAllTags),
		TagFilter:   c.String(flagTagFilter),
		Deep:        c.Bool(flagDeep),
		RepairFrom:  words(c.StringSlice(flagRepairFrom)),
		Format:      c.String(flagOutput),
	}
	o.AsJSON = false
	switch {
	case c.IsSet(flagTagFilter) && (!o.AllTags || o.TagFilter == ""):
		return o, output.Usagef("--tag-filter requires --all-tags and a pattern such as '1.*'")
	case c.IsSet(flagRepairFrom) && len(o.RepairFrom) == 0:
		return o, emptyList(flagRepairFrom)
	}
	if o.Drafts, err = draftsOf(c); err != nil {
		return o, err
	}
	o.Exact, err = platformsOf(c, flagExact)
	return o, err
}

// verified suggests the files of specs, the names of drafts, and places on disk.
func verified(l *commandLine, word string) suggestions {
	const prefix = "draft:"
	if name, ok := strings.CutPrefix(word, prefix); ok {
		return drafts(l, name).behind(prefix)
	}
	s := places(l, word)
	if s.files == "" {
		s.list = append(s.list, suggestion{prefix, "the draft of an image"})
		s.files = filesOnly
	}
	return s
}
