package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
)

func (p *program) authCommand(subcommands ...*cli.Command) *cli.Command {
	return &cli.Command{
		Name:            "auth",
		Usage:           "examine logins",
		HideHelpCommand: true,
		Subcommands:     subcommands,
	}
}

func (p *program) authExplainCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Category:  help.Inspect,
		Usage:     "tell which credential is used for a name, and what it opens",
		ArgsUsage: "IMAGE",
		Description: "It only reads: nothing is changed on the registry, and no upload is opened.\n" +
			"The exit code is 4 where the image may not be read.",
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
