package cli

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/internal/output"
)

// normalizeArgs puts a command line into the order that the CLI library parses: each flag directly behind its
// command, arguments last. So users may put flags anywhere. The library itself would take a flag behind an
// argument for an argument. It also returns the command as it was given, as far as it is known. The app keeps this command
// alone.
func normalizeArgs(app *cli.App, args []string) (normal []string, command string, err error) {
	p := newArgParser(app)
	if err = p.parse(args[1:]); err == nil {
		normal, err = p.normalized()
	}
	if err == nil {
		p.keepOnly(app)
	}
	return normal, p.commandGiven(), err
}

// A pathElement is one word of a command, from the name of the program down.
type pathElement struct {
	name           string
	given          string // the name or alias in the command line
	flags          []cli.Flag
	commands       []*cli.Command
	takesArguments bool // besides its subcommands
	repeats        bool // the last argument
}

// An argParser splits a command line into the path of a command, flags and arguments.
type argParser struct {
	takesValue map[string]bool // by the name of a flag; a flag without a value is false
	path       []pathElement
	given      []givenFlag
	arguments  []string
	flagsEnd   bool // after --
	helps      bool // the word "help" was there
}

func newArgParser(app *cli.App) argParser {
	app.Flags = append(app.Flags, cli.VersionFlag) // the library adds this flag when it runs
	return argParser{takesValue: valueFlags(app), path: []pathElement{{name: app.Name, given: app.Name, flags: app.Flags, commands: app.Commands}}}
}

type givenFlag struct {
	name, value string
	hasValue    bool
}

// valueFlags lists the flags of all commands, and whether they take a value. A name means the same in each command.
func valueFlags(app *cli.App) map[string]bool {
	takesValue := map[string]bool{}
	var add func(flags []cli.Flag, commands []*cli.Command)
	add = func(flags []cli.Flag, commands []*cli.Command) {
		for _, flag := range flags {
			for _, name := range namesOf(flag) {
				documented, ok := flag.(cli.DocGenerationFlag)
				takesValue[name] = !ok || documented.TakesValue()
			}
		}
		for _, command := range commands {
			add(command.Flags, command.Subcommands)
		}
	}
	add(app.Flags, app.Commands)
	takesValue["help"], takesValue["h"] = false, false
	return takesValue
}

func (p *argParser) parse(args []string) error {
	for len(args) > 0 {
		used, err := p.next(args)
		if err != nil {
			return err
		}
		args = args[used:]
	}
	return nil
}

// next takes the first of the words, and the value behind a flag. It returns how many words it has used.
func (p *argParser) next(args []string) (used int, err error) {
	switch arg := args[0]; {
	case arg == "--":
		p.arguments, p.flagsEnd = append(p.arguments, args[1:]...), true
		return len(args), nil
	case arg == "--tags" && p.isCommand("inspect"):
		// a flag of version 1, which added fields to --raw that version 2 does not have
	case arg == "-v" && p.isCommand("inspect") && !p.has(flagVerbose):
		return 0, output.Usagef("inspect has no flag -v: use manifest inspect -v for the output of docker, or inspect --format json for the digest, platform and layers of each image")
	case strings.HasPrefix(arg, "-") && arg != "-":
		flag, err := p.flag(arg, args[1:])
		if err != nil {
			return 0, err
		}
		p.given = append(p.given, flag)
		if flag.hasValue && !strings.Contains(arg, "=") {
			return 2, nil
		}
	case arg == "help" && len(p.arguments) == 0:
		p.given, p.helps = append(p.given, givenFlag{name: "help"}), true
	default:
		if err := p.word(arg, args[1:]); err != nil {
			return 0, err
		}
	}
	return 1, nil
}

// word adds a word that is no flag: a command or an argument. The rest of the command line stands behind it.
func (p *argParser) word(arg string, rest []string) error {
	here := p.path[len(p.path)-1]
	topics := p.topics()
	isTopic := slices.Contains(commandNames(topics), arg)
	if !(isTopic && isLast(rest)) && p.enter(here.commands, arg) {
		return nil
	}
	if topics != nil {
		if isTopic {
			p.enter(p.path[0].commands, "help")
			p.enter(topics, arg)
			return nil
		}
		if topic := topicFor[arg]; topic != "" {
			return output.Usagef("no help on %q, did you mean help %s?", arg, topic)
		}
		return output.Usagef("no help on %q%s", arg, suggest(arg, append(commandNames(here.commands), commandNames(topics)...), "see manifest-tool help"))
	}
	if p.helps && isMeantAsCommand([]string{arg}, here.commands) {
		return p.unknownCommand(arg, rest)
	}
	if len(here.commands) == 0 || here.takesArguments {
		p.arguments = append(p.arguments, arg)
		return nil
	}
	return p.unknownCommand(arg, rest)
}

// isLast reports whether no word stands in the rest of a command line: "help spec" is the topic of this name, and "help
// spec init" a command below the command of this name.
func isLast(rest []string) bool {
	return !slices.ContainsFunc(rest, func(arg string) bool { return !strings.HasPrefix(arg, "-") })
}

// enter goes on to the command of that name, if it is there and no argument came before.
func (p *argParser) enter(commands []*cli.Command, name string) bool {
	for _, command := range commands {
		if command.HasName(name) && len(p.arguments) == 0 {
			p.path = append(p.path, pathElement{command.Name, name, command.Flags, command.Subcommands, command.ArgsUsage != "", strings.HasSuffix(command.ArgsUsage, "...")})
			return true
		}
	}
	return false
}

// topics are the topics of help, if the user may name one: directly behind "manifest-tool help".
func (p *argParser) topics() []*cli.Command {
	if !p.helps || len(p.path) > 1 {
		return nil
	}
	for _, command := range p.path[0].commands {
		if command.Name == "help" {
			return command.Subcommands
		}
	}
	return nil
}

// unknownCommand is the error for a word that is neither a command nor an argument.
func (p *argParser) unknownCommand(word string, rest []string) error {
	return output.Usagef("unknown command %q%s", word, suggestCommand(p.names()[1:], word, rest, p.path[len(p.path)-1].commands))
}

// isMeantAsCommand reports whether the first of the arguments is a misspelt command: a word near the name of a
// command, or a plain word with arguments behind it.
func isMeantAsCommand(arguments []string, commands []*cli.Command) bool {
	if len(commands) == 0 || len(arguments) == 0 {
		return false
	}
	word := arguments[0]
	return nearest.Word(word, commandNames(commands)...) != "" || len(arguments) > 1 && !strings.ContainsAny(word, "/:.@")
}

// commandNames are the commands that help lists.
func commandNames(commands []*cli.Command) []string {
	var names []string
	for _, command := range commands {
		if !command.Hidden && command.Name != "help" {
			names = append(names, command.Name)
		}
	}
	return names
}

func (p *argParser) flag(arg string, rest []string) (givenFlag, error) {
	name, value, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	needsValue, known := p.takesValue[name]
	if !known {
		p.lookAhead(rest)
		if p.isCommand("login") && strings.HasPrefix(arg, "-p") { // of docker login; a password may stand behind it
			arg, name = "-p", "p"
		}
		return givenFlag{}, output.Usagef("unknown flag %s%s", dashed(arg), cmp.Or(p.suggestFlag(name), ": see --help"))
	}
	switch {
	case hasValue && !needsValue:
		if _, err := strconv.ParseBool(value); err != nil {
			return givenFlag{}, output.Usagef("--%s takes no value", name) // the value may be a password, so it is not shown
		}
	case needsValue && !hasValue:
		if len(rest) == 0 || p.isFlag(rest[0]) {
			return givenFlag{}, output.Usagef("--%s needs a value", name)
		}
		value, hasValue = rest[0], true
	}
	return givenFlag{name, value, hasValue}, nil
}

func (p *argParser) isFlag(arg string) bool {
	name, long := strings.CutPrefix(arg, "--")
	name, _, _ = strings.Cut(name, "=")
	_, known := p.takesValue[name]
	return long && known
}

// lookAhead adds the commands behind an unknown flag to the path: what the flag may mean depends on them.
func (p *argParser) lookAhead(rest []string) {
	for _, arg := range rest {
		if !strings.HasPrefix(arg, "-") && len(p.arguments) == 0 && p.word(arg, nil) != nil {
			return
		}
	}
}

// dashed is a flag as the user gave it, without its value.
func dashed(arg string) string {
	name, _, _ := strings.Cut(arg, "=")
	if bare := strings.TrimLeft(name, "-"); len(bare) > 1 {
		return "--" + bare
	}
	return name
}

// flagNames are the flags of the command.
func (p *argParser) flagNames() []string {
	var names []string
	for _, at := range p.path {
		for _, flag := range at.flags {
			names = append(names, "--"+nameOf(flag))
		}
	}
	return names
}

// normalized returns the command line in the order of the CLI library.
func (p *argParser) normalized() ([]string, error) {
	flags := make([][]string, len(p.path))
	values := map[string]string{}
	for _, flag := range p.given {
		at, definition := p.find(flag.name)
		if flag.name == "help" || flag.name == "h" {
			at, p.arguments = len(p.path)-1, nil // help is about the command
		} else if here := p.path[len(p.path)-1]; definition == nil && isMeantAsCommand(p.arguments, here.commands) {
			return nil, p.unknownCommand(p.arguments[0], p.arguments[1:])
		} else if definition == nil {
			return nil, output.Usagef("--%s is no flag of %s%s", flag.name, p.commandGiven(), p.suggestFlag(flag.name))
		} else {
			flag.name = nameOf(definition)
		}
		old, again := values[flag.name]
		switch {
		case !again || !flag.hasValue || definition == nil || repeats(definition):
		case flag.name == flagPassword:
			return nil, output.Usagef("--%s is given more than once", flag.name)
		default:
			return nil, output.Usagef("--%s is given more than once: %q and %q", flag.name, old, flag.value)
		}
		values[flag.name] = flag.value
		word := "--" + flag.name
		if flag.hasValue {
			word += "=" + flag.value
		}
		flags[at] = append(flags[at], word)
	}
	var args []string
	for i, at := range p.path {
		args = append(append(args, at.name), flags[i]...)
	}
	if len(p.arguments) > 0 {
		args = append(append(args, "--"), p.arguments...)
	}
	return args, nil
}

// find returns the path element that has the flag: the command, or the program itself.
func (p *argParser) find(name string) (int, cli.Flag) {
	for _, i := range []int{len(p.path) - 1, 0} {
		for _, flag := range p.path[i].flags {
			if slices.Contains(namesOf(flag), name) {
				return i, flag
			}
		}
	}
	return len(p.path) - 1, nil
}

// has reports whether the command has a flag.
func (p *argParser) has(name string) bool {
	_, flag := p.find(name)
	return flag != nil
}

func (p *argParser) isCommand(name string) bool { return p.path[len(p.path)-1].name == name }

func repeats(flag cli.Flag) bool {
	_, slice := flag.(*cli.StringSliceFlag)
	return slice
}

func (p *argParser) command() string { return strings.Join(p.names(), " ") }

// commandGiven is the command with the aliases of the command line.
func (p *argParser) commandGiven() string {
	words := make([]string, len(p.path))
	for i, at := range p.path {
		words[i] = at.given
	}
	return strings.Join(words, " ")
}

// names are the words of the command, from the name of the program down.
func (p *argParser) names() []string {
	names := make([]string, len(p.path))
	for i, at := range p.path {
		names[i] = at.name
	}
	return names
}
