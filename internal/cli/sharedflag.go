package cli

import (
	"flag"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
)

// A sharedFlag is a flag that several programs can use at the same time. A plain flag keeps the value that was parsed
// in itself; a sharedFlag keeps it in a copy.
//
// The library adds its own flags for help and version to each program. They are sharedFlags, so that tests can run
// programs in parallel.
type sharedFlag struct{ *cli.BoolFlag }

func (f sharedFlag) Apply(set *flag.FlagSet) error {
	own := *f.BoolFlag
	return own.Apply(set)
}

func (f sharedFlag) Names() []string { return namesOf(f.BoolFlag) }

func init() {
	cli.HelpFlag = sharedFlag{&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Category: help.Output, Usage: "print help on a command"}}
	cli.VersionFlag = sharedFlag{&cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Category: help.Output, Usage: "print the version and the commit"}}
}
