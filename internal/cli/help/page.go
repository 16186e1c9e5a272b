package help

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// A Page is what help says of the program, a command or a topic.
type Page struct {
	Path        string   // manifest-tool push from-spec
	Summary     string   // lower case, without a full stop
	Synopsis    []string // command lines
	Description string   // paragraphs in lines of at most 80 columns; indented lines are literal
	Examples    []Example
	Commands    []CommandGroup
	Groups      []FlagGroup // without those of connection and login
}

// A CommandGroup is a group of commands with its name, such as "Drafts".
type CommandGroup struct {
	Name     string
	Commands []Command
}

// A Command is a line in the list of commands.
type Command struct{ Label, Text string }

// An Example is a command line. It may have a backslash at the end of each line but the last.
type Example struct{ Comment, Command string }

// OfApp returns the page of the program.
func OfApp(app *cli.App) Page {
	description, examples := parseDescription(app.Description)
	return Page{
		Path:        app.Name,
		Summary:     app.Usage,
		Synopsis:    strings.Split(app.UsageText, "\n"),
		Description: description,
		Examples:    examples,
		Commands:    commandGroups(app.Commands),
		Groups:      shown(FlagGroups(app.Flags)),
	}
}

// OfCommand returns the page of a command. The path is the names of the command and those above it.
func OfCommand(path string, command *cli.Command) Page {
	description, examples := parseDescription(command.Description)
	page := Page{
		Path:        path,
		Summary:     command.Usage,
		Description: description,
		Examples:    examples,
		Commands:    commandGroups(command.Subcommands),
		Groups:      shown(FlagGroups(command.Flags)),
	}
	switch {
	case command.UsageText != "":
		page.Synopsis = strings.Split(command.UsageText, "\n")
	case takesArguments(command):
		page.Synopsis = []string{strings.TrimSpace(path + " [FLAGS] " + command.ArgsUsage)}
	}
	if len(command.Subcommands) > 0 && (command.UsageText == "" || takesArguments(command)) {
		page.Synopsis = append(page.Synopsis, path+" COMMAND [FLAGS] [ARGUMENTS]")
	}
	return page
}

// takesArguments reports whether a command does something without a subcommand.
func takesArguments(command *cli.Command) bool {
	return len(command.Subcommands) == 0 || command.ArgsUsage != ""
}

// Pages returns the pages of the program and all its visible commands, in the order of their definition.
func Pages(app *cli.App) []Page {
	pages := []Page{OfApp(app)}
	var add func(path string, commands []*cli.Command)
	add = func(path string, commands []*cli.Command) {
		for _, command := range commands {
			if !command.Hidden && !isTopic(command) {
				pages = append(pages, OfCommand(path+" "+command.Name, command))
				add(path+" "+command.Name, command.Subcommands)
			}
		}
	}
	add(app.Name, app.Commands)
	return pages
}

// commandGroups returns the visible commands in groups. A command that has subcommands, does nothing by itself, and has no
// usage text is not listed, but its subcommands are. With a usage text, its own help lists them.
func commandGroups(commands []*cli.Command) []CommandGroup {
	byName := map[string][]Command{}
	var names []string
	var add func(commands []*cli.Command, above string)
	add = func(commands []*cli.Command, above string) {
		for _, command := range commands {
			if command.Hidden {
				continue
			}
			listed := takesArguments(command) || command.UsageText != ""
			if listed {
				if byName[command.Category] == nil {
					names = append(names, command.Category)
				}
				label := above + strings.Join(command.Names(), ", ")
				byName[command.Category] = append(byName[command.Category], Command{Label: label, Text: command.Usage})
			}
			own := func(sub *cli.Command) bool {
				return listed && !takesArguments(command) && sub.Category == command.Category
			}
			add(slices.DeleteFunc(slices.Clone(command.Subcommands), own), above+command.Name+" ")
		}
	}
	add(commands, "")
	var groups []CommandGroup
	for _, name := range inOrder(names, commandOrder) {
		groups = append(groups, CommandGroup{Name: name, Commands: byName[name]})
	}
	return groups
}

// parseDescription divides a description into its text and the examples below the line "Examples:". An example is a
// command line with a comment above it.
func parseDescription(description string) (text string, examples []Example) {
	text, list, _ := strings.Cut(description, "Examples:\n")
	var comment string
	continued := false
	for line := range strings.Lines(list) {
		line = strings.TrimRight(line, "\n")
		switch trimmed := strings.TrimSpace(line); {
		case continued:
			examples[len(examples)-1].Command += "\n" + strings.TrimPrefix(line, "  ")
		case trimmed == "":
			continue
		case strings.HasPrefix(trimmed, "#"):
			comment = strings.TrimSpace(trimmed[1:])
			continue
		default:
			examples = append(examples, Example{Comment: comment, Command: trimmed})
			comment = ""
		}
		continued = strings.HasSuffix(line, `\`)
	}
	return strings.TrimSpace(text), examples
}
