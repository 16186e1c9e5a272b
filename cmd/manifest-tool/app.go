package main

import (
	"strings"

	"slices"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v2"
)

// A program is what the commands share. Their functions know nothing of the CLI library: newApp
// turns its flags into their options.
type program struct {
	world
	log *logrus.Logger
	// typed is the password from stdin, once it was read: some commands open places twice.
	typed []byte
}

// flagText is a line of help, without what it says of each flag: that one which is not given is false, and
// how one that may be given more than once is.
func flagText(flag cli.Flag) string {
	name, usage, _ := strings.Cut(libraryText(flag), "\t")
	name, _, _ = strings.Cut(name, " [ --")
	return name + "\t" + strings.TrimSuffix(usage, " (default: false)")
}

var libraryText = cli.FlagStringer

func init() { cli.FlagStringer = flagText }

func newApp(p *program) *cli.App {
	fail := func(_ *cli.Context, err error, _ bool) error { return usageError{err.Error()} }
	return &cli.App{
		Name:                      "manifest-tool",
		Usage:                     "put per-architecture images together into one multi-platform image",
		Version:                   versionText(),
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true, // what is a list is split by words()
		Writer:                    p.stdout,
		ErrWriter:                 p.stderr,
		ExitErrHandler:            func(*cli.Context, error) {}, // run decides
		OnUsageError:              fail,
		Flags:                     globalFlags(),
		Commands: []*cli.Command{
			p.pushCommand(fail, p.pushFromSpecCommand(fail), p.pushFromArgsCommand(fail), p.pushFromDigestsCommand(fail)),
			p.createCommand(fail),
			p.annotateCommand(fail),
			p.lsCommand(fail),
			p.rmCommand(fail),
			p.editCommand(fail),
			p.copyCommand(fail),
			p.splitCommand(fail),
			p.inspectCommand(fail, false),
			{
				Name:            "auth",
				Usage:           "find out about logins",
				HideHelpCommand: true,
				Subcommands:     []*cli.Command{p.authExplainCommand(fail)},
			},
			p.pushmlCommand(fail),
			p.manifestCommand(fail),
		},
	}
}

func (p *program) pushFromSpecCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:      "from-spec",
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
		Flags:           append(append(fromSpecFlags(), pushFlags()...), globalFlags()...),
		Action: func(c *cli.Context) error {
			file, err := onlyArgument(c, "FILE", "the spec to push")
			if err != nil {
				return err
			}
			o, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			if o.platforms, err = platformsOf(c, flagPlatforms); err != nil {
				return err
			}
			switch engine := c.String(flagTemplateEngine); engine {
			case "", "drone":
				return p.pushFromSpec(c.Context, file, engine != "", o)
			default:
				return usagef("--template-engine %q: the only engine is drone", engine)
			}
		},
	}
}

// pushmlCommand is push from-spec under the name that it had in version 0.2.
func (p *program) pushmlCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	command := p.pushFromSpecCommand(fail)
	push := command.Action
	command.Name, command.Hidden = "pushml", true
	command.Action = func(c *cli.Context) error {
		p.log.Warn("pushml is what v0.2 called push from-spec")
		return push(c)
	}
	return command
}

func (p *program) pushFromArgsCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:  "from-args",
		Usage: "assemble the images that a template names",
		Description: "For example:\n\n   manifest-tool push from-args --platforms linux/amd64,linux/arm64 \\\n" +
			"      --template registry.example/app:1.0-ARCH --target registry.example/app:1.0",
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(append(fromArgsFlags(), pushFlags()...), globalFlags()...),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("from-args takes no argument %q: everything is given by flags", c.Args().First())
			}
			o, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			args, err := argsOf(c)
			if err != nil {
				return err
			}
			return p.pushFromArgs(c.Context, args, o)
		},
	}
}

func (p *program) pushFromDigestsCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:      "from-digests",
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
			if o.platforms, err = platformsOf(c, flagPlatforms); err != nil {
				return err
			}
			d, err := digestsOf(c)
			if err != nil {
				return err
			}
			return p.pushFromDigests(c.Context, d, c.Args().Slice(), c.String(flagTagsJSON), o)
		},
	}
}

func (p *program) inspectCommand(fail cli.OnUsageErrorFunc, asDocker bool) *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show what is under a name",
		ArgsUsage: "IMAGE",
		Description: "IMAGE is [REGISTRY/]REPOSITORY[:TAG][@DIGEST] or oci-layout:DIR[:TAG|@DIGEST],\n" +
			"oci-archive:FILE[:TAG|@DIGEST] or docker-archive:FILE[:NAME|@DIGEST].\n" +
			"Sizes are those of what a client fetches.",
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           slices.Concat(inspectFlags(), draftFlags(), globalFlags()),
		Action: func(c *cli.Context) error {
			ref, err := onlyArgument(c, "IMAGE", "the image to show")
			if err != nil {
				return err
			}
			o, err := inspectOptionsOf(c)
			if err != nil {
				return err
			}
			if asDocker && o.isPlain() && !o.draft && !c.IsSet(flagFormat) {
				o.format, o.asDocker = "raw", true
			}
			return p.inspect(c.Context, ref, o)
		},
	}
}

func onlyArgument(c *cli.Context, name, what string) (string, error) {
	switch c.Args().Len() {
	case 1:
		return c.Args().First(), nil
	case 0:
		return "", usagef("%s is missing: %s", name, what)
	}
	return "", usagef("one %s is expected, but there are %d: %q is too many", name, c.Args().Len(), c.Args().Get(1))
}
