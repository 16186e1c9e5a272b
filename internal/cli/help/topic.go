package help

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/output"
)

//go:embed topics/*.txt commands/*.txt
var files embed.FS

// Description is the text commands/NAME.txt: what a command does, and examples.
func Description(name string) string { return text("commands/" + name) }

func text(name string) string {
	text, err := files.ReadFile(name + ".txt")
	if err != nil {
		panic(err) // the name is a constant
	}
	return strings.TrimSpace(string(text))
}

// A Topic is a text about a subject that several commands have in common.
type Topic struct {
	Name    string // exit-codes
	Summary string
	Text    string // lines of at most 80 columns; indented lines are literal
	Groups  []FlagGroup
}

func isTopic(command *cli.Command) bool { return command.Category == Topics }

// NewTopic returns a topic as a command below "help". Its text is topics/NAME.txt. The flags are printed below the text.
func NewTopic(name, summary string, flags ...cli.Flag) *cli.Command {
	return &cli.Command{
		Name:               name,
		Usage:              summary,
		Category:           Topics,
		Description:        strings.Replace(text("topics/"+name), exitCodeTable, exitCodes(), 1),
		Flags:              flags,
		CustomHelpTemplate: topicTemplate,
		HideHelpCommand:    true,
	}
}

// TopicsOf returns the topics of a program.
func TopicsOf(app *cli.App) []Topic {
	var topics []Topic
	for _, command := range app.Commands {
		for _, topic := range command.Subcommands {
			if isTopic(topic) {
				topics = append(topics, topicOf(topic))
			}
		}
	}
	return topics
}

func topicOf(command *cli.Command) Topic {
	return Topic{
		Name:    command.Name,
		Summary: command.Usage,
		Text:    command.Description,
		Groups:  FlagGroups(command.Flags),
	}
}

// shown leaves out the groups that stand in a topic.
func shown(groups []FlagGroup) []FlagGroup {
	return slices.DeleteFunc(groups, func(g FlagGroup) bool { return slices.Contains(hidden, g.Name) })
}

// exitCodeTable stands in a topic for the table of exit codes.
const exitCodeTable = "EXIT CODES"

func exitCodes() string {
	var table strings.Builder
	for _, code := range output.ExitCodes {
		meaning := strings.ReplaceAll(code.Meaning, "\n", "\n       ")
		fmt.Fprintf(&table, "  %-5d%s\n", code.Code, meaning)
	}
	return strings.TrimRight(table.String(), "\n")
}
