package main

import (
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/spec"
)

func (p *program) copyCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:      "copy",
		Aliases:   []string{"promote"},
		Usage:     "copy an image with all its platforms, byte for byte",
		ArgsUsage: "SOURCE TARGET...",
		Description: "SOURCE and TARGET are as in inspect. A TARGET without a tag takes that of SOURCE. For example:\n\n" +
			"   manifest-tool promote registry.example/dev/app:1.0 registry.example/prod/app",
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(copyFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			if c.Args().Len() < 2 {
				return usagef("copy takes a SOURCE and at least one TARGET")
			}
			o, err := copyOptionsOf(c)
			if err != nil {
				return err
			}
			args := spec.Copy{Source: c.Args().First(), Targets: c.Args().Tail(), Tags: words(c.StringSlice(flagTags))}
			if c.Bool(flagAllTags) {
				return p.runner.copyAll(c.Context, args, o)
			}
			return p.runner.copy(c.Context, args, o)
		},
	}
}

func (p *program) splitCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:      "split",
		Usage:     "give each image of an index a tag of its own, where it is",
		ArgsUsage: "IMAGE",
		Description: "For example:\n\n   manifest-tool split registry.example/app:1.0 --platform-tags TAG-ARCHVARIANT\n\n" +
			"makes 1.0-amd64 and 1.0-armv7.",
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(splitFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			ref, err := onlyArgument(c, "IMAGE", "the index to take apart")
			if err != nil {
				return err
			}
			o, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			if o.spec.PlatformTags == "" {
				return usagef("split needs --platform-tags, such as TAG-ARCHVARIANT")
			}
			return p.runner.split(c.Context, ref, o)
		},
	}
}

func copyOptionsOf(c *cli.Context) (copyOptions, error) {
	push, err := pushOptionsOf(c)
	if err != nil {
		return copyOptions{}, err
	}
	o := copyOptions{pushOptions: push, referrers: c.Bool(flagReferrers)}
	o.tagFilter = c.String(flagTagFilter)
	switch all := c.Bool(flagAllTags); {
	case c.IsSet(flagTagFilter) && (!all || o.tagFilter == ""):
		return o, usagef("--tag-filter goes with --all-tags, and is like 1.*")
	case all && o.files != fileOptions{}:
		return o, usagef("--all-tags has many digests: --output json tells them all, files have room for one")
	case all && (c.IsSet(flagTags) || o.spec.ByDigest || o.wait > 0):
		return o, usagef("--all-tags copies what there is under the tags it has: without --tags, --by-digest and --wait")
	}
	if c.IsSet(flagTags) && len(words(c.StringSlice(flagTags))) == 0 {
		return o, emptyList(flagTags)
	}
	o.platforms, err = platformsOf(c, flagPlatforms)
	return o, err
}
