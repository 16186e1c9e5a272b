package cli

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

func (p *program) specLintCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "lint",
		Category:        help.Specs,
		Usage:           "check specs for errors and slips",
		ArgsUsage:       "FILE|FOLDER|GLOB|-...",
		Description:     help.Description("spec-lint"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(specLintFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			if c.Args().Len() == 0 {
				return output.Usagef("FILE is missing: the specs to check, or - for stdin")
			}
			o, err := lintOptionsOf(c)
			if err != nil {
				return err
			}
			return p.runner.Lint(c.Context, c.Args().Slice(), o)
		},
	}
}

func specLintFlags() []cli.Flag {
	return []cli.Flag{
		orEmpty(help.NewChoice(flagTemplateEngine, help.Assemble, "render FILE first; see help templates", "drone")),
		&cli.BoolFlag{Name: flagOnline, Category: help.Checks, Usage: "also look for the sources, and plan the pushes, as --dry-run does"},
		&cli.BoolFlag{Name: flagStrict, Category: help.Checks, Usage: "fail on warnings too"},
		&cli.BoolFlag{Name: flagAllowUnknown, Category: help.Checks, Usage: "accept an unknown os or architecture"},
		&cli.BoolFlag{Name: flagAllowMismatch, Category: help.Checks, Usage: "accept an image whose config has another platform"},
		&cli.BoolFlag{Name: flagAllowSame, Category: help.Checks, Usage: "accept several images for one platform"},
		&cli.BoolFlag{Name: flagNotes, Category: help.Show, Usage: "report sources without a digest too"},
		&cli.StringSliceFlag{Name: flagIgnore, Category: help.Show, Usage: "`RULE,...` leave out the findings of these rules"},
		help.NewChoice(flagOutput, help.Output, "print findings as text or for a CI system", "text", "json", "junit", "sarif", "github"),
		&cli.BoolFlag{Name: flagQuiet, Aliases: []string{"q"}, Category: help.Output, Usage: "print nothing if there are no findings"},
	}
}

func lintOptionsOf(c *cli.Context) (run.LintOptions, error) {
	shared, err := pushOptionsOf(c)
	if err != nil {
		return run.LintOptions{}, err
	}
	shared.AsJSON = false
	ignored, err := ignoredOf(c, run.LintIgnorable())
	return run.LintOptions{
		PushOptions: shared,
		IsTemplate:  c.String(flagTemplateEngine) != "",
		Online:      c.Bool(flagOnline),
		Notes:       c.Bool(flagNotes),
		Ignore:      ignored,
		Format:      c.String(flagOutput),
	}, err
}

// ignorable suggests what --ignore takes.
func ignorable(l *commandLine, word string) suggestions {
	if l.command() == "manifest-tool spec lint" {
		return suggestionsOf(run.LintIgnorable(), "")
	}
	return suggestionsOf(run.DiffIgnorable, "")
}
