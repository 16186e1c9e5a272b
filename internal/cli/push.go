package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

func (p *program) pushFromSpecCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "from-spec",
		Category:        help.Push,
		Usage:           "push an index of the images that a spec file names",
		ArgsUsage:       "FILE|DIR...",
		Description:     help.Description("push-from-spec"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(fromSpecFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return output.Usagef("FILE is missing: the spec to push")
			}
			o, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			if o.Platforms, err = platformsOf(c, flagPlatforms); err != nil {
				return err
			}
			if err := manyOptions(c, &o); err != nil {
				return err
			}
			return p.runner.PushFromSpecs(c.Context, c.Args().Slice(), c.String(flagTemplateEngine) != "", o)
		},
	}
}

// manyOptions are the options for many specs.
func manyOptions(c *cli.Context, o *run.PushOptions) error {
	for flag, value := range map[string]*string{
		flagShard: &o.Shard, flagResume: &o.Resume, flagFailedFile: &o.Files.Failed, flagMetricsFile: &o.Files.Metrics,
	} {
		if *value = c.String(flag); c.IsSet(flag) && *value == "" {
			return output.Usagef("--%s is empty: is a variable not set?", flag)
		}
	}
	return nil
}

// pushmlCommand is push from-spec under the name that it had in version 0.2.
func (p *program) pushmlCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	command := p.pushFromSpecCommand(fail)
	action := command.Action
	command.Name, command.Hidden = "pushml", true
	command.Action = func(c *cli.Context) error {
		p.out.Warn("pushml is the old name of push from-spec")
		return action(c)
	}
	return command
}

func (p *program) pushFromArgsCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "from-args",
		UsageText:       "manifest-tool push from-args --platforms PLATFORM,... --template IMAGE\n    --target IMAGE [FLAGS]",
		Category:        help.Push,
		Usage:           "push an index of the images that a template names",
		Description:     help.Description("push-from-args"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(fromArgsFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return output.Usagef("from-args takes no argument: remove %q, and use flags", c.Args().First())
			}
			o, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			args, err := argsOf(c)
			if err != nil {
				return err
			}
			return p.runner.PushFromArgs(c.Context, args, o)
		},
	}
}

func (p *program) pushFromDigestsCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "from-digests",
		Category:        help.Push,
		Usage:           "push an index of images that build jobs pushed by digest",
		ArgsUsage:       "INPUT...",
		Description:     help.Description("push-from-digests"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(fromDigestsFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			o, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			if o.Platforms, err = platformsOf(c, flagPlatforms); err != nil {
				return err
			}
			d, err := digestsOf(c)
			if err != nil {
				return err
			}
			return p.runner.PushFromDigests(c.Context, d, c.Args().Slice(), c.String(flagTagsJSON), o)
		},
	}
}
