package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
)

// planCommand has the commands that write as its subcommands. There they plan, and write the plan into a file.
func (p *program) planCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "plan",
		Category:        help.Check,
		Usage:           "write a file that says what a command would do",
		UsageText:       "manifest-tool plan COMMAND [FLAGS] [ARGUMENTS]",
		Description:     help.Description("plan"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           globalFlags(),
		Subcommands:     []*cli.Command{planned(p.pushCommand(fail), ""), planned(p.createCommand(fail), ""), planned(p.editCommand(fail), ""), planned(p.copyCommand(fail), ""), planned(p.splitCommand(fail), ""), planned(p.tagCommand(fail), "")},
	}
}

// planned turns a command that writes into one that only plans. Above are the names of the commands above it, below plan.
func planned(command *cli.Command, above string) *cli.Command {
	path := above + command.Name
	command.Category = help.Check
	command.Usage = "plan to " + command.Usage
	command.Description = help.Description("plan-" + strings.ReplaceAll(path, " ", "-"))
	command.UsageText = strings.ReplaceAll(command.UsageText, "manifest-tool ", "manifest-tool plan ")
	command.Flags = append(without(command.Flags, unusedByPlan...), planFlag())
	for _, sub := range command.Subcommands {
		planned(sub, path+" ")
	}
	return command
}

// isPlan reports whether a command only plans.
func isPlan(c *cli.Context) bool {
	return slices.ContainsFunc(c.Command.Flags, func(flag cli.Flag) bool { return nameOf(flag) == flagPlanFile })
}

func (p *program) applyCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "apply",
		Category:        help.Check,
		Usage:           "carry out a plan",
		ArgsUsage:       "FILE",
		Description:     help.Description("apply"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(applyFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			file, err := onlyArgument(c, "FILE", "the plan to carry out")
			if err != nil {
				return err
			}
			o, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.Apply(c.Context, file, o)
		},
	}
}
