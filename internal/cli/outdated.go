package cli

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

func (p *program) outdatedCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "outdated",
		Category:        help.Check,
		Usage:           "report whether the sources of an index have changed",
		ArgsUsage:       "IMAGE|SPEC...",
		Description:     help.Description("outdated"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(outdatedFlags(), draftFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return output.Usagef("IMAGE is missing: the image, the spec or the draft to check")
			}
			push, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			drafts, err := draftsOf(c)
			if err != nil {
				return err
			}
			o := run.OutdatedOptions{PushOptions: push, Drafts: drafts, Update: c.Bool(flagUpdate)}
			return p.runner.Outdated(c.Context, c.Args().Slice(), o)
		},
	}
}
