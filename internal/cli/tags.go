package cli

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

// lsCommand lists the tags of a repository, or without an argument the drafts.
func (p *program) lsCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "ls",
		Category:        help.Inspect,
		Usage:           "list the tags of a repository, or drafts",
		ArgsUsage:       "[REPOSITORY]",
		Description:     help.Description("ls"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(tagListFlags(), draftFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return p.listDraftsOnly(c)
			}
			name, err := onlyArgument(c, "REPOSITORY", "the repository whose tags are listed")
			if err != nil {
				return err
			}
			o, err := tagsOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.ListTags(c.Context, name, o)
		},
	}
}

// listDraftsOnly lists drafts, unless a flag asks for tags.
func (p *program) listDraftsOnly(c *cli.Context) error {
	for _, flag := range []string{flagLong, flagFilter, flagAll, flagOutput} {
		if c.IsSet(flag) {
			return output.Usagef("--%s requires a REPOSITORY: without one, ls lists drafts", flag)
		}
	}
	return p.listDrafts(c)
}

func tagsOptionsOf(c *cli.Context) (run.TagsOptions, error) {
	global, err := globalOptionsOf(c)
	o := run.TagsOptions{GlobalOptions: global, Long: c.Bool(flagLong), All: c.Bool(flagAll), AsJSON: isJSON(c), Filter: c.String(flagFilter)}
	switch {
	case err != nil:
	case c.IsSet(flagDrafts):
		err = output.Usagef("--%s is for drafts: remove the flag, or the REPOSITORY", flagDrafts)
	case c.IsSet(flagFilter) && o.Filter == "":
		err = emptyList(flagFilter)
	}
	return o, err
}

// tagCommand gives an image further names.
func (p *program) tagCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "tag",
		Category:        help.Manage,
		Usage:           "give an image further tags",
		ArgsUsage:       "SOURCE NAME...",
		Description:     help.Description("tag"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(tagFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			source := c.Args().First()
			switch {
			case slices.Contains([]string{"ls", "list"}, source):
				return output.Usagef("tag gives an image further tags: did you mean manifest-tool ls REPOSITORY?")
			case c.Args().Len() < 2:
				return output.Usagef("tag requires a SOURCE and at least one NAME, such as tag registry.example/app:1.0 latest")
			}
			o, err := copyOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.Tag(c.Context, source, c.Args().Tail(), o)
		},
	}
}

func (p *program) digestCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "digest",
		Category:        help.Inspect,
		Usage:           "print the digests that images have now",
		ArgsUsage:       "IMAGE...",
		Description:     help.Description("digest"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(digestFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return output.Usagef("IMAGE is missing: name the images whose digests are printed")
			}
			global, err := globalOptionsOf(c)
			if err != nil {
				return err
			}
			o := run.DigestOptions{GlobalOptions: global, Platform: c.String(flagPlatform)}
			if c.IsSet(flagPlatform) && o.Platform == "" {
				return emptyList(flagPlatform)
			}
			return p.runner.Digests(c.Context, c.Args().Slice(), o)
		},
	}
}
