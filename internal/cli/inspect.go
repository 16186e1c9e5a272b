package cli

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

func (p *program) inspectCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "inspect",
		Category:        help.Inspect,
		Usage:           "show the platforms, layers and digests of an image",
		ArgsUsage:       "IMAGE...",
		Description:     help.Description("inspect"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(inspectFlags(), draftFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			o, err := inspectOptionsOf(c)
			if err == nil {
				err = checkSeveral(c.Args().Len(), o)
			}
			if err != nil {
				return err
			}
			return p.runner.Inspect(c.Context, c.Args().Slice(), o)
		},
	}
}

// dockerInspectCommand is docker manifest inspect. Without the flags of our own inspect, it prints docker's JSON.
func (p *program) dockerInspectCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	command := p.inspectCommand(fail)
	command.ArgsUsage = "[LIST] IMAGE"
	command.Description = help.Description("manifest-inspect")
	command.Flags = slices.Concat(dockerInspectFlags(), command.Flags)
	command.Action = func(c *cli.Context) error {
		o, err := dockerInspectOptionsOf(c)
		if err != nil {
			return err
		}
		if c.Args().Len() == 2 {
			o.Member = c.Args().Get(1)
			return p.runner.Inspect(c.Context, c.Args().Slice()[:1], o)
		}
		ref, err := onlyArgument(c, "IMAGE", "the image to show")
		if err != nil {
			return err
		}
		return p.runner.Inspect(c.Context, []string{ref}, o)
	}
	return command
}

func dockerInspectOptionsOf(c *cli.Context) (run.InspectOptions, error) {
	o, err := inspectOptionsOf(c)
	if err != nil {
		return o, err
	}
	isDockers := o.IsPlain() && !c.IsSet(flagFormat)
	if o.Verbose = c.Bool(flagVerbose); !isDockers {
		switch {
		case o.Verbose:
			return o, output.Usagef("--%s prints the JSON of docker: use it without --%s, --%s and --%s", flagVerbose, flagFormat, flagPlatform, flagRaw)
		case c.Args().Len() == 2:
			return o, output.Usagef("LIST IMAGE prints the JSON of docker: use it without --%s, --%s and --%s", flagFormat, flagPlatform, flagRaw)
		}
	}
	o.AsDocker = isDockers
	return o, nil
}
