package help

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

// width is the number of columns that all help fits in.
const width = 80

// The columns in which the texts of commands and flags start.
const (
	commandColumn = 21
	flagColumn    = 31
)

// pageTemplate is the help of the program and of all commands, as a Page.
const pageTemplate = `{{sentence .Summary}}
{{with .Description}}
{{.}}
{{end}}
USAGE:
{{range .Synopsis}}  {{.}}
{{end}}
{{- range .Commands}}
{{upper .Name}}:
{{range .Commands}}  {{pad .Label commandColumn}}{{wrap .Text commandColumn}}
{{end}}{{end}}
{{- with .Examples}}
EXAMPLES:
{{range $i, $e := .}}{{if $i}}
{{end}}{{with .Comment}}  # {{wrap . 4}}
{{end}}{{indent 2 .Command}}
{{end}}{{end}}
{{- range .Groups}}
{{upper .Name}}:
{{template "flags" .Flags}}{{end}}
{{footer .}}
` + flagsTemplate

// topicTemplate is a Topic.
const topicTemplate = `{{.Text}}
{{range .Groups}}
{{upper .Name}}:
{{template "flags" .Flags}}{{end}}` + flagsTemplate

const flagsTemplate = `{{define "flags"}}{{range .}}  {{pad .Label flagColumn}}{{wrap .Text flagColumn}}
{{end}}{{end}}`

// Install lets the library print pages.
func Install() {
	cli.AppHelpTemplate, cli.CommandHelpTemplate, cli.SubcommandHelpTemplate = pageTemplate, pageTemplate, pageTemplate
	cli.HelpPrinter = printPage
}

func printPage(w io.Writer, template string, data any) {
	switch of := data.(type) {
	case *cli.App:
		data = OfApp(of)
	case *cli.Command:
		if data = OfCommand(of.HelpName, of); isTopic(of) {
			data = topicOf(of)
		}
	}
	cli.HelpPrinterCustom(w, template, data, map[string]any{
		"wrapAt":        func() int { return width },
		"flagColumn":    func() int { return flagColumn },
		"commandColumn": func() int { return commandColumn },
		"pad":           pad,
		"upper":         strings.ToUpper,
		"sentence":      sentence,
		"footer":        footer,
	})
}

// pad fills a label up to a column. The text of a longer label starts in the next line.
func pad(label string, column int) string {
	if fill := column - len("  ") - len(label); fill >= len("  ") {
		return label + strings.Repeat(" ", fill)
	}
	return label + "\n" + strings.Repeat(" ", column)
}

// sentence gives a summary a capital letter and a full stop.
func sentence(summary string) string {
	if summary == "" {
		return ""
	}
	return strings.ToUpper(summary[:1]) + summary[1:] + "."
}

// footer names where more help is.
func footer(p Page) string {
	connection := "Flags for connections and logins: manifest-tool help connection"
	if len(p.Commands) > 0 {
		return "Help on a command: " + p.Path + " COMMAND --help\n" + connection
	}
	return connection
}
