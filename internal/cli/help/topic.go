package help

import (
	"embed"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

//go:embed topics/*.txt
var files embed.FS

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
	text, err := files.ReadFile("topics/" + name + ".txt")
	if err != nil {
		panic(err)
	}
	return &cli.Command{
		Name:               name,
		Usage:              summary,
		Category:           Topics,
		Description:        string(text),
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
		Text:    strings.TrimRight(command.Description, "\n"),
		Groups:  FlagGroups(command.Flags),
	}
}

// shown leaves out the groups that stand in a topic.
func shown(groups []FlagGroup) []FlagGroup {
	return slices.DeleteFunc(groups, func(g FlagGroup) bool { return slices.Contains(hidden, g.Name) })
}
