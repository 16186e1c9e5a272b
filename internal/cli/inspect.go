package cli

import (
	"slices"

	"github.com/urfave/cli/v2"
)

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
			if asDocker && o.IsPlain() && !o.Draft && !c.IsSet(flagFormat) {
				o.Format, o.AsDocker = "raw", true
			}
			return p.runner.Inspect(c.Context, ref, o)
		},
	}
}
