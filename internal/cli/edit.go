package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec"
)

func (p *program) editCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "edit",
		Category:        help.Manage,
		Usage:           "add, remove, replace or annotate images of an index",
		ArgsUsage:       "IMAGE",
		Description:     help.Description("edit"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(editFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			image, err := onlyArgument(c, "IMAGE", "the index to change")
			if err != nil {
				return err
			}
			o, err := pushOptionsOf(c)
			if err != nil {
				return err
			}
			if o.Retries = c.Int(flagRetryOnConflict); o.Retries < 0 {
				return output.Usagef("--retry-on-conflict %d: give a number of 0 or more", o.Retries)
			}
			for _, name := range []string{flagAdd, flagRemove, flagSetPlatform, flagTag} {
				if c.IsSet(name) && len(words(c.StringSlice(name))) == 0 {
					return emptyList(name)
				}
			}
			e, err := spec.ParseEdit(spec.EditArgs{
				Index:       image,
				Add:         c.StringSlice(flagAdd),
				Remove:      words(c.StringSlice(flagRemove)),
				SetPlatform: words(c.StringSlice(flagSetPlatform)),
				Tags:        words(c.StringSlice(flagTag)),
			}, o.Spec)
			if err != nil {
				return err
			}
			return p.runner.Edit(c.Context, e, o)
		},
	}
}
