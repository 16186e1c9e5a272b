package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

// specCommand has the commands for spec files.
func (p *program) specCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "spec",
		Usage:           "write, check and convert spec files",
		HideHelpCommand: true,
		Subcommands:     []*cli.Command{p.specInitCommand(fail), p.specLintCommand(fail), p.specConvertCommand(fail), p.specSchemaCommand(fail)},
	}
}

func (p *program) specInitCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "init",
		Category:        help.Specs,
		Usage:           "write a spec of images that exist, to start from",
		ArgsUsage:       "[IMAGE]",
		Description:     help.Description("spec-init"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(specInitFlags(), draftFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			o, err := specInitOptionsOf(c)
			if err != nil {
				return err
			}
			init, from, err := p.specSource(c)
			if err != nil {
				return err
			}
			return init(c.Context, from, o)
		},
	}
}

// specSource returns the one source that the user names for spec init, and the function that makes a spec of it.
func (p *program) specSource(c *cli.Context) (init func(context.Context, string, run.InitOptions) error, from string, err error) {
	given := 0
	for flag, of := range map[string]func(context.Context, string, run.InitOptions) error{
		flagFromTags: p.runner.InitSpecFromTags, flagFromDraft: p.runner.InitSpecFromDraft, flagFromBake: p.runner.InitSpecFromBake,
	} {
		if !c.IsSet(flag) {
			continue
		}
		if given, init, from = given+1, of, c.String(flag); from == "" {
			return nil, "", emptyList(flag)
		}
	}
	switch {
	case given > 1 || given == 1 && c.Args().Present():
		return nil, "", output.Usagef("use one of IMAGE, --%s, --%s and --%s", flagFromTags, flagFromDraft, flagFromBake)
	case given == 1:
		return init, from, nil
	}
	from, err = onlyArgument(c, "IMAGE", fmt.Sprintf("the image to write a spec of; or use --%s, --%s or --%s", flagFromTags, flagFromDraft, flagFromBake))
	return p.runner.InitSpec, from, err
}

func specInitOptionsOf(c *cli.Context) (run.InitOptions, error) {
	global, err := globalOptionsOf(c)
	o := run.InitOptions{GlobalOptions: global, Target: c.String(flagTarget), File: c.String(flagSpecFile), Force: c.Bool(flagForce), Pin: c.Bool(flagPin)}
	if err == nil {
		o.Drafts, err = draftsOf(c)
	}
	switch {
	case err != nil:
	case c.IsSet(flagTarget) && o.Target == "":
		err = emptyList(flagTarget)
	case c.IsSet(flagSpecFile) && o.File == "":
		err = emptyList(flagSpecFile)
	case o.Pin && (c.IsSet(flagFromDraft) || c.IsSet(flagFromBake)):
		err = output.Usagef("--%s reads the digests of tags: use the flag with IMAGE or --%s", flagPin, flagFromTags)
	case o.Force && o.File == "":
		err = output.Usagef("--%s requires --%s", flagForce, flagSpecFile)
	}
	return o, err
}
