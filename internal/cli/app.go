package cli

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

// A program is a command line: newApp turns flags into options, and calls the methods of the runner.
type program struct {
	env    run.Env
	out    *output.Printer
	runner *run.Runner
	// stop ends the run. The cause is the reason.
	stop  context.CancelCauseFunc
	timed bool // the time of --timeout runs
	// command is the name of the command that runs.
	command string
}

func newProgram(e run.Env) *program {
	out := output.New(e.Stdout, e.Stderr)
	out.UseColour(e.Getenv)
	return &program{env: e, out: out, runner: run.New(e, out)}
}

func init() { help.Install() }

// newApp has the command that the first of some words names, or all commands if none of the words is a command.
func newApp(p *program, words ...string) *cli.App {
	fail := func(_ *cli.Context, err error, _ bool) error { return output.Usage(err) }
	app := &cli.App{
		Name:                      "manifest-tool",
		Usage:                     "put per-architecture images together into one multi-platform image",
		Description:               help.Description("app"),
		UsageText:                 "manifest-tool COMMAND [FLAGS] [ARGUMENTS]",
		Version:                   versionText(p.env),
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true, // what is a list is split by words()
		Writer:                    p.out.Stdout(),
		ErrWriter:                 p.out.Messages(),
		ExitErrHandler:            func(*cli.Context, error) {}, // execute prints errors
		OnUsageError:              fail,
		Flags:                     append(globalFlags(), cli.HelpFlag), // with a help command of its own, the library adds no flag
		Commands:                  p.commands(fail, words),
	}
	p.limitTime(app.Commands)
	return app
}

// commands are in the order of the help text. If a word names one of them, only this one is made: the flags of all
// commands take longer than the rest of the start. Help needs all.
func (p *program) commands(fail cli.OnUsageErrorFunc, words []string) []*cli.Command {
	makers := []struct {
		name string
		make func(cli.OnUsageErrorFunc) *cli.Command
	}{
		{"push", p.pushCommand},
		{"edit", p.editCommand},
		{"copy", p.copyCommand},
		{"tag", p.tagCommand},
		{"split", p.splitCommand},
		{"verify", p.verifyCommand},
		{"diff", p.diffCommand},
		{"outdated", p.outdatedCommand},
		{"plan", p.planCommand},
		{"apply", p.applyCommand},
		{"inspect", p.inspectCommand},
		{"digest", p.digestCommand},
		{"ls", p.lsCommand},
		{"auth", p.authCommand},
		{"spec", p.specCommand},
		{"create", p.createCommand},
		{"annotate", p.annotateCommand},
		{"rm", p.rmCommand},
		{"completion", p.completionCommand},
		{"help", helpCommand},
		{"version", versionCommand},
		{"pushml", p.pushmlCommand},
		{"manifest", p.manifestCommand},
	}
	var commands []*cli.Command
	for _, word := range words {
		if word == "help" {
			break
		}
		for _, maker := range makers {
			if maker.name == word {
				return []*cli.Command{maker.make(fail)}
			}
		}
	}
	for _, maker := range makers {
		commands = append(commands, maker.make(fail))
	}
	return commands
}

// limitTime lets all commands heed --timeout.
func (p *program) limitTime(commands []*cli.Command) {
	for _, command := range commands {
		command.Before = p.startTimeout
		p.limitTime(command.Subcommands)
	}
}

// startTimeout ends the run when the time of --timeout is over. The run ends as with a signal.
func (p *program) startTimeout(c *cli.Context) error {
	after := c.Duration(flagTimeout)
	switch {
	case !c.IsSet(flagTimeout) || p.timed:
		return nil
	case after <= 0:
		return output.Usagef("--timeout %s: give a time above zero, such as 90s or 10m", after)
	}
	p.timed = true
	timer := time.AfterFunc(after, func() { p.stop(output.TimedOut{After: after}) })
	context.AfterFunc(c.Context, func() { timer.Stop() })
	return nil
}

// onlyArgument returns the argument of a command that takes one.
func onlyArgument(c *cli.Context, name, what string) (string, error) {
	switch c.Args().Len() {
	case 1:
		return c.Args().First(), nil
	case 0:
		return "", output.Usagef("%s is missing: %s", name, what)
	}
	return "", output.Usagef("one %s is expected, but there are %d: %q is too many", name, c.Args().Len(), c.Args().Get(1))
}
