package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A usageError is a command line that cannot be carried out.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// arrange puts a command line into the one order that the CLI library reads: each flag right behind
// the command that has it, arguments last. So flags may stand anywhere, which the library would
// take for arguments without a word. It gives the command's name as well, as far as it got.
func arrange(app *cli.App, args []string) (ordered []string, command string, err error) {
	app.Setup()
	l := line{kinds: flagKinds(app), path: []level{{name: app.Name, flags: app.Flags, commands: app.Commands}}}
	if err = l.read(args[1:]); err == nil {
		ordered, err = l.ordered()
	}
	return ordered, l.command(), err
}

// A level is one word of a command, from the program's name down.
type level struct {
	name     string
	flags    []cli.Flag
	commands []*cli.Command
	takes    bool // arguments, if a word is none of the commands
}

type line struct {
	kinds     map[string]bool // of all flags: whether it takes a value
	path      []level
	given     []givenFlag
	arguments []string
}

type givenFlag struct {
	name, value string
	hasValue    bool
}

// flagKinds lists the flags of all commands. A name means the same everywhere.
func flagKinds(app *cli.App) map[string]bool {
	kinds := map[string]bool{}
	var add func(flags []cli.Flag, commands []*cli.Command)
	add = func(flags []cli.Flag, commands []*cli.Command) {
		for _, flag := range flags {
			for _, name := range flag.Names() {
				_, isBool := flag.(*cli.BoolFlag)
				kinds[name] = !isBool
			}
		}
		for _, command := range commands {
			add(command.Flags, command.Subcommands)
		}
	}
	add(app.Flags, app.Commands)
	kinds["help"], kinds["h"] = false, false
	return kinds
}

func (l *line) read(args []string) error {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			l.arguments = append(l.arguments, args[i+1:]...)
			return nil
		case arg == "--tags" && l.path[len(l.path)-1].name == "inspect":
			// v1 had that: it added to --raw what v2's object has no place for
		case arg == "-v" && l.path[len(l.path)-1].name == "inspect":
			return usagef("inspect -v is docker's: --format json tells of each image its digest, platform and layers")
		case strings.HasPrefix(arg, "-") && arg != "-":
			flag, err := l.flag(arg, args[i+1:])
			if err != nil {
				return err
			}
			if flag.hasValue && !strings.Contains(arg, "=") {
				i++
			}
			l.given = append(l.given, flag)
		case arg == "help" && len(l.arguments) == 0:
			l.given = append(l.given, givenFlag{name: "help"})
		default:
			if err := l.word(arg); err != nil {
				return err
			}
		}
	}
	return nil
}

// word is a command or an argument.
func (l *line) word(arg string) error {
	here := l.path[len(l.path)-1]
	for _, command := range here.commands {
		if command.HasName(arg) && len(l.arguments) == 0 {
			l.path = append(l.path, level{command.Name, command.Flags, command.Subcommands, command.ArgsUsage != ""})
			return nil
		}
	}
	if len(here.commands) == 0 || here.takes {
		l.arguments = append(l.arguments, arg)
		return nil
	}
	return unknownCommand(arg, here.commands, "")
}

// unknownCommand is a word that is none of the commands, nor anything else.
func unknownCommand(word string, commands []*cli.Command, also string) error {
	var names []string
	for _, command := range commands {
		if !command.Hidden && command.Name != "help" {
			names = append(names, command.Name)
		}
	}
	text := fmt.Sprintf("unknown command %q%s", word, meant(word, names, "the commands are "+strings.Join(names, ", ")))
	if also != "" {
		text += "; " + also
	}
	return usageError{text}
}

func (l *line) flag(arg string, rest []string) (givenFlag, error) {
	name, value, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	takesValue, known := l.kinds[name]
	if !known {
		if flag, ok := invented[name]; ok {
			return givenFlag{}, usagef("unknown flag --%s, did you mean %s?", name, flag)
		}
		return givenFlag{}, usagef("unknown flag --%s%s", name, meant("--"+name, l.names(), "see --help"))
	}
	switch {
	case hasValue && !takesValue:
		if _, err := strconv.ParseBool(value); err != nil {
			return givenFlag{}, usagef("--%s is on or off: it takes no value", name) // which may be a password
		}
	case takesValue && !hasValue:
		if len(rest) == 0 || l.isFlag(rest[0]) {
			return givenFlag{}, usagef("--%s needs a value", name)
		}
		value, hasValue = rest[0], true
	}
	return givenFlag{name, value, hasValue}, nil
}

// invented are flags that people think there are, and what does what they want.
var invented = map[string]string{
	"to-oci": "--type oci", "oci": "--type oci", "to-docker": "--type docker", "docker": "--type docker",
	"json": "--output json", "verbose": "--debug, or --format json for inspect", "tls-verify": "--insecure", "skip-tls-verify": "--insecure",
}

func (l *line) isFlag(arg string) bool {
	name, long := strings.CutPrefix(arg, "--")
	name, _, _ = strings.Cut(name, "=")
	_, known := l.kinds[name]
	return long && known
}

// names are the flags that can be given here.
func (l *line) names() []string {
	var names []string
	for _, at := range l.path {
		for _, flag := range at.flags {
			names = append(names, "--"+flag.Names()[0])
		}
	}
	return names
}

func (l *line) ordered() ([]string, error) {
	flags := make([][]string, len(l.path))
	values := map[string]string{}
	for _, flag := range l.given {
		at, definition := l.find(flag.name)
		if flag.name == "help" || flag.name == "h" {
			at, l.arguments = len(l.path)-1, nil // help is about the command
		} else if definition == nil {
			return nil, usagef("--%s is no flag of %s", flag.name, l.command())
		} else {
			flag.name = definition.Names()[0]
		}
		old, again := values[flag.name]
		switch {
		case !again || !flag.hasValue || definition == nil || repeats(definition):
		case flag.name == flagPassword:
			return nil, usagef("--%s is given more than once", flag.name)
		default:
			return nil, usagef("--%s is given more than once: %q and %q", flag.name, old, flag.value)
		}
		values[flag.name] = flag.value
		word := "--" + flag.name
		if flag.hasValue {
			word += "=" + flag.value
		}
		flags[at] = append(flags[at], word)
	}
	var args []string
	for i, at := range l.path {
		args = append(append(args, at.name), flags[i]...)
	}
	if len(l.arguments) > 0 {
		args = append(append(args, "--"), l.arguments...)
	}
	return args, nil
}

// find gives the command that has the flag: the last one, or the program itself.
func (l *line) find(name string) (int, cli.Flag) {
	for _, i := range []int{len(l.path) - 1, 0} {
		for _, flag := range l.path[i].flags {
			if slices.Contains(flag.Names(), name) {
				return i, flag
			}
		}
	}
	return len(l.path) - 1, nil
}

func repeats(flag cli.Flag) bool {
	_, slice := flag.(*cli.StringSliceFlag)
	return slice
}

func (l *line) command() string {
	names := make([]string, len(l.path))
	for i, at := range l.path {
		names[i] = at.name
	}
	return strings.Join(names, " ")
}

// meant is the end of a message about a word that is not known.
func meant(word string, known []string, otherwise string) string {
	if nearest := spec.Nearest(word, known...); nearest != "" {
		return ", did you mean " + nearest + "?"
	}
	return ": " + otherwise
}
