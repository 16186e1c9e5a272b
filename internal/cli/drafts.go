package cli

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
)

// The commands for drafts have the names of those of docker manifest.

func (p *program) createCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "create",
		Category:        help.Drafts,
		Usage:           "make a draft of an index from images",
		ArgsUsage:       "LIST IMAGE...",
		Description:     help.Description("create"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(createFlags(), draftFlags(), pushFlags(help.Assemble), globalFlags()),
		Action: func(c *cli.Context) error {
			if c.Args().Len() < 2 {
				return output.Usagef("create requires a name for the index and at least one image: LIST IMAGE...")
			}
			o, err := createOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.Create(c.Context, c.Args().First(), c.Args().Tail(), o)
		},
	}
}

func (p *program) annotateCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "annotate",
		Category:        help.Drafts,
		Usage:           "set the platform or annotations of an image in a draft",
		ArgsUsage:       "LIST IMAGE",
		Description:     help.Description("annotate"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(annotateFlags(), draftFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			if c.Args().Len() != 2 {
				return output.Usagef("annotate requires a draft and one of its images: LIST IMAGE")
			}
			o, err := annotateOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.Annotate(c.Context, c.Args().First(), c.Args().Get(1), o)
		},
	}
}

// dockerLsCommand lists drafts only, as a command of docker manifest.
func (p *program) dockerLsCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "ls",
		Category:        help.Drafts,
		Usage:           "list drafts",
		Description:     help.Description("manifest-ls"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(draftFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return output.Usagef("ls lists all drafts and takes no argument: remove %q", c.Args().First())
			}
			return p.listDrafts(c)
		},
	}
}

func (p *program) listDrafts(c *cli.Context) error {
	drafts, err := draftsOf(c)
	if err != nil {
		return err
	}
	return p.runner.ListDrafts(drafts)
}

func (p *program) rmCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "rm",
		Category:        help.Drafts,
		Usage:           "remove drafts",
		ArgsUsage:       "LIST...",
		Description:     help.Description("rm"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(draftFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return output.Usagef("LIST is missing: name the drafts to remove")
			}
			drafts, err := draftsOf(c)
			if err != nil {
				return err
			}
			return p.runner.RemoveDrafts(c.Context, c.Args().Slice(), drafts)
		},
	}
}

// pushCommand pushes a draft. Its subcommands push without a draft.
func (p *program) pushCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return p.pushDraftCommand(fail, p.pushFromSpecCommand(fail), p.pushFromArgsCommand(fail), p.pushFromDigestsCommand(fail))
}

func (p *program) pushDraftCommand(fail cli.OnUsageErrorFunc, subcommands ...*cli.Command) *cli.Command {
	return &cli.Command{
		Name:            "push",
		Category:        help.Drafts,
		Usage:           "push a draft",
		ArgsUsage:       "LIST",
		Description:     help.Description("push"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(draftPushFlags(), draftFlags(), pushFlags(help.Assemble), globalFlags()),
		Subcommands:     subcommands,
		Action: func(c *cli.Context) error {
			hasCommands := len(subcommands) > 0
			switch {
			case hasCommands && !c.Args().Present() && c.NumFlags() == 0:
				return cli.ShowSubcommandHelp(c)
			case isMeantAsCommand(c.Args().Slice(), subcommands) && !p.runner.HasDraft(c.Args().First(), c.String(flagDrafts)):
				return output.Usagef("unknown command %q%s; no draft has this name either: see manifest-tool ls",
					c.Args().First(), suggestCommand([]string{"push"}, c.Args().First(), nil, subcommands))
			}
			name, err := onlyArgument(c, "LIST", "the draft to push")
			if err != nil {
				return err
			}
			o, err := draftPushOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.PushDraft(c.Context, name, o)
		},
	}
}

// manifestCommand has the commands of docker manifest, for scripts that use them: its inspect prints JSON.
func (p *program) manifestCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "manifest",
		Usage:           "the commands of docker manifest, for scripts that use them",
		Hidden:          true,
		HideHelpCommand: true,
		Subcommands: []*cli.Command{
			p.createCommand(fail), p.annotateCommand(fail), p.dockerInspectCommand(fail),
			p.pushDraftCommand(fail), p.rmCommand(fail), p.dockerLsCommand(fail),
		},
	}
}
