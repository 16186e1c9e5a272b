package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
)

// helpCommand has the topics as subcommands. normalizeArgs turns "help COMMAND" and "help TOPIC" into the command or the
// topic with --help, so none of them has an action.
func helpCommand(cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "help",
		Usage:           "print help on a command or a topic",
		UsageText:       "manifest-tool help [COMMAND|TOPIC]",
		ArgsUsage:       "[COMMAND|TOPIC]",
		Category:        help.Other,
		Description:     help.Description("help"),
		HideHelpCommand: true,
		Subcommands: []*cli.Command{
			help.NewTopic("connection", "flags for connections and logins", connectionFlags()...),
			help.NewTopic("credentials", "where the program finds a login, and who gets it"),
			help.NewTopic("exit-codes", "what the exit codes mean"),
			help.NewTopic("platforms", "how platforms are written and matched"),
			help.NewTopic("spec", "the keys of a spec file"),
			help.NewTopic("templates", "names with OS, ARCH, VARIANT or TAG, and specs as templates"),
		},
	}
}

// versionCommand prints what --version prints.
func versionCommand(cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "version",
		Usage:           "print the version and the commit",
		Category:        help.Other,
		Description:     help.Description("version"),
		HideHelpCommand: true,
		Action: func(c *cli.Context) error {
			cli.ShowVersion(c)
			return nil
		},
	}
}
