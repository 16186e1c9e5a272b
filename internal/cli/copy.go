package cli

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
	"github.com/manifest-tool/manifest-tool/spec"
)

func (p *program) copyCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "copy",
		Category:        help.Manage,
		Aliases:         []string{"promote"},
		Usage:           "copy an image with all its platforms, byte for byte",
		ArgsUsage:       "SOURCE TARGET...",
		UsageText:       "manifest-tool copy [FLAGS] SOURCE TARGET...\nmanifest-tool copy [FLAGS] --pairs FILE",
		Description:     help.Description("copy"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(copyFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			o, err := copyOptionsOf(c)
			if err != nil {
				return err
			}
			if file := c.String(flagPairs); c.IsSet(flagPairs) {
				if file == "" || c.Args().Present() || c.Bool(flagAllTags) || c.IsSet(flagTags) {
					return output.Usagef("--pairs FILE names all copies: remove SOURCE, TARGET, --all-tags and --tags")
				}
				return p.runner.CopyPairs(c.Context, file, o)
			}
			if c.Args().Len() < 2 {
				words := strings.Fields(p.command) // copy or promote
				return output.Usagef("%s requires a SOURCE and at least one TARGET", words[len(words)-1])
			}
			if o.Shard != "" || o.Resume != "" || o.Files.Failed != "" {
				return output.Usagef("--shard, --resume and --failed-file require --pairs")
			}
			if o.Files.Metrics != "" && !c.Bool(flagAllTags) {
				return output.Usagef("--metrics-file requires --pairs or --all-tags")
			}
			args := spec.Copy{Source: c.Args().First(), Targets: c.Args().Tail(), Tags: words(c.StringSlice(flagTags))}
			if c.Bool(flagAllTags) {
				return p.runner.CopyAll(c.Context, args, o)
			}
			return p.runner.Copy(c.Context, args, o)
		},
	}
}

func (p *program) splitCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "split",
		UsageText:       "manifest-tool split --platform-tags TEMPLATE [FLAGS] IMAGE",
		Category:        help.Manage,
		Usage:           "tag each image of an index by its platform",
		ArgsUsage:       "IMAGE",
		Description:     help.Description("split"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(splitFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			ref, err := onlyArgument(c, "IMAGE", "the index to take apart")
			if err != nil {
				return err
			}
			o, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			if o.Spec.PlatformTags == "" {
				return output.Usagef("split requires --platform-tags, such as --platform-tags TAG-ARCHVARIANT")
			}
			return p.runner.Split(c.Context, ref, o)
		},
	}
}

func copyOptionsOf(c *cli.Context) (run.CopyOptions, error) {
	shared, err := pushOptionsOf(c)
	if err != nil {
		return run.CopyOptions{}, err
	}
	o := run.CopyOptions{PushOptions: shared}
	if err := manyOptions(c, &o.PushOptions); err != nil {
		return o, err
	}
	o.TagFilter = c.String(flagTagFilter)
	switch all := c.Bool(flagAllTags); {
	case c.IsSet(flagTagFilter) && (!all || o.TagFilter == ""):
		return o, output.Usagef("--tag-filter requires --all-tags and a pattern such as '1.*'")
	case all && o.Files.IsForOne():
		return o, output.Usagef("--all-tags copies many images, and a file has room for one digest: use --output json")
	case all && (c.IsSet(flagTags) || o.Spec.ByDigest || o.Wait > 0):
		return o, output.Usagef("--all-tags copies the existing tags: remove --tags, --by-digest and --wait")
	}
	if c.IsSet(flagTags) && len(words(c.StringSlice(flagTags))) == 0 {
		return o, emptyList(flagTags)
	}
	o.Platforms, err = platformsOf(c, flagPlatforms)
	return o, err
}
