package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
)

const generated = "<!-- Made by \"make docs-reference\" from the source. Do not edit it. -->\n"

// commandsPage is the reference of all commands in Markdown.
func (m manual) commandsPage() []byte {
	var b bytes.Buffer
	b.WriteString(generated + "# Commands\n\n")
	writeBlocks(&b, m.pages[0].Description)
	writeExamples(&b, m.pages[0].Examples)
	b.WriteString("Flags may stand anywhere, before or after the arguments. `--flag value` and `--flag=value` are the same. " +
		"A flag whose value ends in `,...` takes a list with commas, and may be repeated.\n\n")
	for _, group := range m.pages[0].Commands {
		fmt.Fprintf(&b, "**%s**\n\n| command | |\n|---|---|\n", group.Name)
		for _, command := range group.Commands {
			name, _, _ := strings.Cut(command.Label, ",")
			fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", command.Label, anchor(m.pages[0].Path+" "+name), cell(command.Text))
		}
		b.WriteString("\n")
	}
	b.WriteString("All commands have the [flags for connections and logins](#manifest-tool-help-connection).\n\n")
	writeGroups(&b, m.pages[0].Groups)
	for _, page := range m.pages[1:] {
		writePage(&b, page)
	}
	b.WriteString("## Topics\n\n`manifest-tool help TOPIC` prints these texts.\n\n")
	for _, topic := range m.topics {
		// The layout of the text is that of a terminal.
		fmt.Fprintf(&b, "### %s help %s\n\n```text\n%s\n```\n\n", m.pages[0].Path, topic.Name, topic.Text)
		writeGroups(&b, topic.Groups)
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
}

// anchor is the link to a heading.
func anchor(heading string) string { return strings.ReplaceAll(heading, " ", "-") }

func writePage(b *bytes.Buffer, page help.Page) {
	fmt.Fprintf(b, "## %s\n\n%s\n\n```text\n%s\n```\n\n", page.Path, escape(sentence(page.Summary)), strings.Join(page.Synopsis, "\n"))
	writeBlocks(b, page.Description)
	writeExamples(b, page.Examples)
	writeGroups(b, page.Groups)
}

func writeExamples(b *bytes.Buffer, examples []help.Example) {
	if len(examples) == 0 {
		return
	}
	b.WriteString("```sh\n")
	for i, example := range examples {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "# %s\n%s\n", example.Comment, example.Command)
	}
	b.WriteString("```\n\n")
}

func writeGroups(b *bytes.Buffer, groups []help.FlagGroup) {
	for _, group := range groups {
		fmt.Fprintf(b, "| %s | |\n|---|---|\n", group.Name)
		for _, flag := range group.Flags {
			fmt.Fprintf(b, "| `%s` | %s |\n", cell(flag.Label()), cell(escape(flag.Text())))
		}
		b.WriteString("\n")
	}
}

func writeBlocks(b *bytes.Buffer, text string) {
	for _, block := range blocks(text) {
		if block.literal {
			fmt.Fprintf(b, "```text\n%s\n```\n\n", block.text)
		} else {
			fmt.Fprintf(b, "%s\n\n", escape(block.text))
		}
	}
}

// cell escapes what ends a cell of a table, and what some generators of sites take for a template.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "{{", "&#123;&#123;").Replace(text)
}

// escape keeps plain text plain in Markdown.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "[", `\[`, "]", `\]`, "~", `\~`).Replace(text)
}
