package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
)

// manPages are the man pages of the program and of all commands.
func (m manual) manPages() map[string][]byte {
	all := map[string][]byte{}
	for _, page := range m.pages {
		all["man/"+manName(page.Path)+".1"] = m.manPage(page)
	}
	return all
}

// manName is the name of a command's man page.
func manName(path string) string { return strings.ReplaceAll(path, " ", "-") }

func (m manual) manPage(page help.Page) []byte {
	var b bytes.Buffer
	name := manName(page.Path)
	fmt.Fprintf(&b, "%% %q \"1\" \"\" \"manifest-tool\" \"User Commands\"\n\n", strings.ToUpper(name))
	fmt.Fprintf(&b, "# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n", name, page.Summary)
	for i, line := range usages(page.Synopsis) {
		if i > 0 {
			b.WriteString("\n\n")
		}
		words, ok := strings.CutPrefix(line, page.Path)
		if !ok {
			words = line
		}
		fmt.Fprintf(&b, "**%s**%s\n\n", page.Path, escape(words))
	}
	b.WriteString("# DESCRIPTION\n\n" + escape(sentence(page.Summary)) + "\n\n")
	writeManBlocks(&b, page.Description)
	writeManCommands(&b, page)
	if groups := m.manFlags(page); len(groups) > 0 {
		b.WriteString("# OPTIONS\n\n")
		if program := m.pages[0].Path; page.Path != program {
			fmt.Fprintf(&b, "The flags for connections and logins are in **%s**(1).\n\n", program)
		}
		for _, group := range groups {
			fmt.Fprintf(&b, "### %s\n\n", group.Name)
			for _, flag := range group.Flags {
				fmt.Fprintf(&b, "%s\n:   %s\n\n", manLabel(flag), escape(flag.Text()))
			}
		}
	}
	writeManExamples(&b, page)
	m.writeManTopics(&b, page)
	m.writeManSeeAlso(&b, page)
	return []byte(exact(string(md2man.Render(b.Bytes()))))
}

// usages joins the lines of a usage that goes on, indented, on a second line. A man page breaks lines itself.
func usages(synopsis []string) []string {
	var all []string
	for _, line := range synopsis {
		if rest := strings.TrimLeft(line, " "); rest != line && len(all) > 0 {
			all[len(all)-1] += " " + rest
			continue
		}
		all = append(all, line)
	}
	return all
}

// exact keeps the characters of command lines: groff prints others for a hyphen, a tilde and a quote on some systems,
// and these cannot be pasted into a shell.
func exact(roff string) string {
	var b strings.Builder
	literal := false
	for line := range strings.Lines(roff) {
		isMacro := strings.HasPrefix(line, ".")
		switch {
		case isMacro:
			literal = line == ".EX\n" || literal && line != ".EE\n"
		case literal:
			line = strings.ReplaceAll(line, "'", `\(aq`)
			fallthrough
		default:
			line = strings.NewReplacer(`\-`, `\-`, "-", `\-`, "~", `\(ti`, "^", `\(ha`).Replace(line)
		}
		b.WriteString(line)
	}
	return b.String()
}

// manFlags are the flags of a page. The page of the program has those that all commands share.
func (m manual) manFlags(page help.Page) []help.FlagGroup {
	if page.Path == m.pages[0].Path {
		return slices.Concat(page.Groups, m.shared)
	}
	return page.Groups
}

func manLabel(flag help.Flag) string {
	label, placeholder := flag.Label(), ""
	if flag.Placeholder != "" {
		label = strings.TrimSuffix(label, " "+flag.Placeholder)
		placeholder = " *" + escape(flag.Placeholder) + "*"
	}
	return "**" + strings.ReplaceAll(label, ", ", "**, **") + "**" + placeholder
}

func writeManBlocks(b *bytes.Buffer, text string) {
	for _, block := range blocks(text) {
		if block.literal {
			fmt.Fprintf(b, "```\n%s\n```\n\n", block.text)
		} else {
			b.WriteString(escape(block.text) + "\n\n")
		}
	}
}

func writeManCommands(b *bytes.Buffer, page help.Page) {
	if len(page.Commands) == 0 {
		return
	}
	b.WriteString("# COMMANDS\n\n")
	for _, group := range page.Commands {
		if len(page.Commands) > 1 {
			fmt.Fprintf(b, "### %s\n\n", group.Name)
		}
		for _, command := range group.Commands {
			fmt.Fprintf(b, "**%s**\n:   %s\n\n", escape(command.Label), escape(command.Text))
		}
	}
}

func writeManExamples(b *bytes.Buffer, page help.Page) {
	if len(page.Examples) == 0 {
		return
	}
	b.WriteString("# EXAMPLES\n\n")
	for _, example := range page.Examples {
		if example.Comment != "" {
			b.WriteString(escape(sentence(example.Comment)) + "\n\n")
		}
		fmt.Fprintf(b, "```\n%s\n```\n\n", example.Command)
	}
}

// writeManTopics writes the topics into the page of the program.
func (m manual) writeManTopics(b *bytes.Buffer, page help.Page) {
	if page.Path != m.pages[0].Path {
		return
	}
	for _, topic := range m.topics {
		fmt.Fprintf(b, "# %s\n\n```\n%s\n```\n\n", strings.ToUpper(strings.ReplaceAll(topic.Name, "-", " ")), topic.Text)
	}
}

// writeManSeeAlso names the page above, the pages below, and that of the program.
func (m manual) writeManSeeAlso(b *bytes.Buffer, page help.Page) {
	var pages []string
	program := m.pages[0].Path
	if page.Path != program {
		pages = append(pages, "**"+program+"**(1)")
	}
	for _, other := range m.pages {
		isBelow := strings.HasPrefix(other.Path, page.Path+" ")
		isAbove := strings.HasPrefix(page.Path, other.Path+" ") && other.Path != program
		if isBelow || isAbove {
			pages = append(pages, "**"+manName(other.Path)+"**(1)")
		}
	}
	b.WriteString("# SEE ALSO\n\n" + strings.Join(pages, ", ") + "\n")
}
