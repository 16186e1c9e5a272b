package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
)

func (p *program) pushFromSpecCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:      "from-spec",
		Category:  help.Push,
		Usage:     "assemble what a YAML or JSON file says",
		ArgsUsage: "FILE",
		Description: "FILE may be - for stdin. For example:\n\n" +
			"   image: registry.example/app:1.0\n" +
			"   manifests:\n" +
			"     - image: registry.example/app:1.0-amd64\n" +
			"       platform: {os: linux, architecture: amd64}\n" +
			"     - image: oci-layout:./build/arm64",
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(fromSpecFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			file, err := onlyArgument(c, "FILE", "the spec to push")
			if err != nil {
				return err
			}
			o, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			if o.Platforms, err = platformsOf(c, flagPlatforms); err != nil {
				return err
			}
			return p.runner.PushFromSpec(c.Context, file, c.IsSet(flagTemplateEngine), o)
		},
	}
}

// pushmlCommand is push from-spec under the name that it had in version 0.2.
func (p *program) pushmlCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	command := p.pushFromSpecCommand(fail)
	action := command.Action
	command.Name, command.Hidden = "pushml", true
	command.Action = func(c *cli.Context) error {
		p.out.Warn("pushml is what v0.2 called push from-spec")
		return action(c)
	}
	return command
}

func (p *program) pushFromArgsCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:     "from-args",
		Category: help.Push,
		Usage:    "assemble the images that a template names",
		Description: "For example:\n\n   manifest-tool push from-args --platforms linux/amd64,linux/arm64 \\\n" +
			"      --template registry.example/app:1.0-ARCH --target registry.example/app:1.0",
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(fromArgsFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return output.Usagef("from-args takes no argument %q: everything is given by flags", c.Args().First())
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
		Name:      "from-digests",
		Category:  help.Push,
		Usage:     "assemble the images that build jobs have pushed by digest",
		ArgsUsage: "INPUT...",
		Description: "INPUT is what a build job leaves: a folder of files named by digest (also in one folder for each\n" +
			"job), a metadata file of buildx or bake, a file with sha256:DIGEST or REPOSITORY@sha256:DIGEST in\n" +
			"each line, such a word itself, or - for stdin. For example:\n\n" +
			"   manifest-tool push from-digests --target registry.example/app:1.0 /tmp/digests",
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
