package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
)

func (p *program) authCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "auth",
		Usage:           "log in to registries, and show which logins are used",
		HideHelpCommand: true,
		Subcommands:     []*cli.Command{p.authLoginCommand(fail), p.authLogoutCommand(fail), p.authListCommand(fail), p.authExplainCommand(fail)},
	}
}

func (p *program) authLoginCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "login",
		Category:        help.Logins,
		Usage:           "log in to a registry",
		ArgsUsage:       "HOST[/PATH]",
		Description:     help.Description("auth-login"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           loginFlags(),
		Action: func(c *cli.Context) error {
			if n := c.Args().Len(); n > 1 { // one of them may be a password
				return output.Usagef("one HOST is expected, but there are %d arguments", n)
			}
			host, err := onlyArgument(c, "HOST", "the registry to log in to, such as ghcr.io or docker.io")
			if err != nil {
				return err
			}
			if c.IsSet(flagCreds) {
				return output.Usagef("auth login takes --username with --password-stdin, and not --creds")
			}
			o, err := globalOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.AuthLogin(c.Context, host, o)
		},
	}
}

func (p *program) authLogoutCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "logout",
		Category:        help.Logins,
		Usage:           "remove the login for a registry",
		ArgsUsage:       "HOST[/PATH]",
		Description:     help.Description("auth-logout"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           logoutFlags(),
		Action: func(c *cli.Context) error {
			o, err := globalOptionsOf(c)
			switch {
			case err != nil:
				return err
			case c.Bool(flagAll) && c.Args().Len() > 0:
				return output.Usagef("--all removes all logins: use it without HOST")
			case c.Bool(flagAll):
				return p.runner.AuthLogout(c.Context, "", o)
			}
			host, err := onlyArgument(c, "HOST", "the registry to log out from; --all removes all logins")
			if err != nil {
				return err
			}
			return p.runner.AuthLogout(c.Context, host, o)
		},
	}
}

func (p *program) authListCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "ls",
		Category:        help.Logins,
		Usage:           "list the stored logins, without their secrets",
		UsageText:       "manifest-tool auth ls [FLAGS]",
		Description:     help.Description("auth-ls"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           authListFlags(),
		Action: func(c *cli.Context) error {
			o, err := globalOptionsOf(c)
			switch {
			case err != nil:
				return err
			case c.Args().Len() > 0:
				return output.Usagef("auth ls takes no arguments: use auth explain IMAGE for the login of one image")
			}
			return p.runner.AuthList(c.Context, isJSON(c), o)
		},
	}
}

func (p *program) authExplainCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "explain",
		Category:        help.Logins,
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
