package cli

import "github.com/urfave/cli/v2"

// The library finds the names of a flag with a regular expression, each time that it compares two flags, and prepares
// the help of every command. Both took longer than the rest of the start. So a run keeps its own command alone, with
// flags that know their names.

// keepOnly leaves out the commands that are not on the path of a command line, unless help lists them.
func (p *argParser) keepOnly(app *cli.App) {
	app.Flags = quickFlags(app.Flags)
	if len(p.path) < 2 || p.path[1].name == "help" {
		return
	}
	commands := app.Commands
	app.Commands = nil
	for _, at := range p.path[1:] {
		for _, command := range commands {
			if command.Name != at.name {
				continue
			}
			command.Flags = quickFlags(command.Flags)
			if app.Commands == nil {
				app.Commands = []*cli.Command{command}
			}
			commands = command.Subcommands
			break
		}
	}
}

// These flags know their names.
type (
	quickBool struct {
		*cli.BoolFlag
		names []string
	}
	quickDuration struct {
		*cli.DurationFlag
		names []string
	}
	quickInt struct {
		*cli.IntFlag
		names []string
	}
	quickString struct {
		*cli.StringFlag
		names []string
	}
	quickStrings struct {
		*cli.StringSliceFlag
		names []string
	}
)

func (f quickBool) Names() []string     { return f.names }
func (f quickDuration) Names() []string { return f.names }
func (f quickInt) Names() []string      { return f.names }
func (f quickString) Names() []string   { return f.names }
func (f quickStrings) Names() []string  { return f.names }

func quickFlags(flags []cli.Flag) []cli.Flag {
	quick := make([]cli.Flag, len(flags))
	for i, flag := range flags {
		quick[i] = quickFlag(flag)
	}
	return quick
}

// quickFlag returns a flag that finds its names quickly. Flags of our own types do so anyway.
func quickFlag(flag cli.Flag) cli.Flag {
	switch f := flag.(type) {
	case *cli.BoolFlag:
		return quickBool{f, namesOf(f)}
	case *cli.DurationFlag:
		return quickDuration{f, namesOf(f)}
	case *cli.IntFlag:
		return quickInt{f, namesOf(f)}
	case *cli.StringFlag:
		return quickString{f, namesOf(f)}
	case *cli.StringSliceFlag:
		return quickStrings{f, namesOf(f)}
	}
	return flag
}

// nameOf is the long name of a flag.
func nameOf(flag cli.Flag) string {
	name, _ := nameAndAliases(flag)
	return name
}

// namesOf are the names of a flag, the long one first.
func namesOf(flag cli.Flag) []string {
	name, aliases := nameAndAliases(flag)
	return append([]string{name}, aliases...)
}

func nameAndAliases(flag cli.Flag) (string, []string) {
	switch f := flag.(type) {
	case *cli.BoolFlag:
		return f.Name, f.Aliases
	case *cli.DurationFlag:
		return f.Name, f.Aliases
	case *cli.IntFlag:
		return f.Name, f.Aliases
	case *cli.StringFlag:
		return f.Name, f.Aliases
	case *cli.StringSliceFlag:
		return f.Name, f.Aliases
	}
	names := flag.Names()
	return names[0], names[1:]
}
