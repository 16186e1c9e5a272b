package cli

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

// specCommand has the commands for spec files.
func (p *program) specCommand(subcommands ...*cli.Command) *cli.Command {
	return &cli.Command{
		Name:            "spec",
		Usage:           "write, check and convert spec files",
		HideHelpCommand: true,
		Subcommands:     subcommands,
	}
}

func (p *program) specInitCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "init",
		Category:        help.Specs,
		Usage:           "write a spec of an image that exists",
		ArgsUsage:       "IMAGE",
		Description:     help.Description("spec-init"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(specInitFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			o, err := specInitOptionsOf(c)
			if err != nil {
				return err
			}
			image, err := onlyArgument(c, "IMAGE", "the image to write a spec of")
			if err != nil {
				return err
			}
			return p.runner.InitSpec(c.Context, image, o)
		},
	}
}

func specInitOptionsOf(c *cli.Context) (run.InitOptions, error) {
	global, err := globalOptionsOf(c)
	o := run.InitOptions{GlobalOptions: global, Target: c.String(flagTarget), File: c.String(flagSpecFile), Force: c.Bool(flagForce)}
	switch {
	case err != nil:
	case c.IsSet(flagTarget) && o.Target == "":
		err = emptyList(flagTarget)
	case c.IsSet(flagSpecFile) && o.File == "":
		err = emptyList(flagSpecFile)
	case o.Force && o.File == "":
		err = output.Usagef("--%s requires --%s", flagForce, flagSpecFile)
	}
	return o, err
}
