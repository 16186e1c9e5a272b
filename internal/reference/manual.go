package main

import (
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/cli/help"
)

// A manual is all that help says.
type manual struct {
	pages  []help.Page // the first is that of the program
	topics []help.Topic
	shared []help.FlagGroup // of the topic "connection": the flags that the pages leave out
}

func readManual() manual {
	app := cli.Definitions()
	m := manual{pages: help.Pages(app), topics: help.TopicsOf(app)}
	for _, topic := range m.topics {
		m.shared = append(m.shared, topic.Groups...)
	}
	return m
}

// A block is a paragraph, or lines that are to be kept as they are.
type block struct {
	text    string
	literal bool
}

// blocks reads the texts of help: lines that are indented are literal.
func blocks(text string) []block {
	var all []block
	var lines []string
	literal := false
	end := func() {
		if text := strings.Trim(strings.Join(lines, "\n"), "\n"); text != "" {
			all = append(all, block{text, literal})
		}
		lines = nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		indented := strings.HasPrefix(line, "  ")
		switch {
		case line == "" && !literal:
			end()
			continue
		case line != "" && indented != literal:
			end()
			literal = indented
		}
		lines = append(lines, strings.TrimPrefix(line, "  "))
	}
	end()
	return all
}

// sentence gives a summary a capital letter and a full stop.
func sentence(summary string) string {
	return strings.ToUpper(summary[:1]) + summary[1:] + "."
}
