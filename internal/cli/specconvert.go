package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

func (p *program) specConvertCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "convert",
		Category:        help.Specs,
		Usage:           "convert files of Drone, regsync and skopeo sync, and old specs",
		ArgsUsage:       "FILE|-",
		Description:     help.Description("spec-convert"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(specConvertFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			file, err := onlyArgument(c, "FILE", "the file to convert, or - for stdin")
			if err != nil {
				return err
			}
			o, err := convertOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.ConvertSpec(c.Context, file, o)
		},
	}
}

// fromAuto is the word of --from for a format that is detected.
const fromAuto = "auto"

func specConvertFlags() []cli.Flag {
	return []cli.Flag{
		help.NewChoice(flagFrom, help.Assemble, "read this format", fromAuto, run.FromDrone, "regsync", "skopeo", "spec"),
		&cli.StringSliceFlag{Name: flagSet, Category: help.Assemble, Usage: "`NAME=VALUE` set a variable of a template, such as build.tag=v1.2.3"},
		&cli.StringFlag{Name: flagTarget, Category: help.Target, Usage: "`REGISTRY[/NAMESPACE]` copy the images of skopeo sync to here"},
		&cli.BoolFlag{Name: flagScoped, Category: help.Target, Usage: "put the whole name of the source behind --target"},
		&cli.BoolFlag{Name: flagStrict, Category: help.Checks, Usage: "fail if something cannot be expressed"},
		&cli.BoolFlag{Name: flagQuiet, Aliases: []string{"q"}, Category: help.Output, Usage: "print only warnings and errors on stderr"},
	}
}

func convertOptionsOf(c *cli.Context) (run.ConvertOptions, error) {
	global, err := globalOptionsOf(c)
	o := run.ConvertOptions{
		GlobalOptions: global,
		From:          strings.TrimPrefix(c.String(flagFrom), fromAuto),
		Set:           c.StringSlice(flagSet),
		Target:        c.String(flagTarget),
		Scoped:        c.Bool(flagScoped),
		Strict:        c.Bool(flagStrict),
		Quiet:         c.Bool(flagQuiet),
	}
	switch {
	case err != nil:
	case c.IsSet(flagTarget) && o.Target == "":
		err = emptyList(flagTarget)
	case o.Scoped && o.Target == "":
		err = output.Usagef("--%s requires --%s", flagScoped, flagTarget)
	}
	return o, err
}

func (p *program) specSchemaCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "schema",
		Category:        help.Specs,
		Usage:           "print the JSON Schema of specs, for editors",
		Description:     help.Description("spec-schema"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           globalFlags(),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return output.Usagef("spec schema takes no argument: %q is too many", c.Args().First())
			}
			return p.runner.PrintSpecSchema()
		},
	}
}
