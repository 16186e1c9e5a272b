package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
)

func (p *program) authCommand(subcommands ...*cli.Command) *cli.Command {
	return &cli.Command{
		Name:            "auth",
		Usage:           "show which logins are used",
		HideHelpCommand: true,
		Subcommands:     subcommands,
	}
}

func (p *program) authExplainCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "explain",
		Category:        help.Inspect,
		Usage:           "show which login is used for an image, and what it allows",
		ArgsUsage:       "IMAGE",
		Description:     help.Description("auth-explain"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(authFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			ref, err := onlyArgument(c, "IMAGE", "the name to explain the login for")
			if err != nil {
				return err
			}
			o, err := globalOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.AuthExplain(c.Context, ref, isJSON(c), o)
		},
	}
}
