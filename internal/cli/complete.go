package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
)

// completeCommand is the first word of the command lines that the shells' completion runs (see the scripts in the
// folder completion). The words behind it are those of the user's line up to the cursor. The last word is the one to
// complete. It may have a = before it, because Windows PowerShell drops empty arguments.
//
// The output has a line for each candidate: the whole word, a tab, and a few words about it. A line that starts with a
// colon is for the script:
//
//	:nospace       the word is not finished: no blank goes behind it
//	:files PREFIX  the names of files complete the word, behind the prefix (a tab goes before it)
//	:dirs PREFIX   the same with the names of folders
const completeCommand = "__complete"

// A suggestion is a word, or the end of one, that the user may mean.
type suggestion struct{ word, help string }

// suggestions are all that fit.
type suggestions struct {
	list   []suggestion
	files  string // filesOnly or dirsOnly: the shell completes names of files behind the prefix
	prefix string
	open   bool // more of the word is to come
}

const (
	filesOnly = ":files"
	dirsOnly  = ":dirs"
)

// behind puts a prefix before all words.
func (s suggestions) behind(prefix string) suggestions {
	list := slices.Clone(s.list)
	for i := range list {
		list[i].word = prefix + list[i].word
	}
	s.list, s.prefix = list, prefix+s.prefix
	return s
}

// startingWith leaves out the words that do not continue a word.
func (s suggestions) startingWith(word string) suggestions {
	s.list = slices.DeleteFunc(slices.Clone(s.list), func(c suggestion) bool {
		return !strings.HasPrefix(c.word, word) || output.Printable(c.word) != c.word
	})
	return s
}

// text is what the scripts read.
func (s suggestions) text() []byte {
	var b bytes.Buffer
	if s.open || slices.ContainsFunc(s.list, func(c suggestion) bool { return strings.HasSuffix(c.word, "=") || strings.HasSuffix(c.word, ":") }) {
		b.WriteString(":nospace\n")
	}
	if s.files != "" {
		fmt.Fprintf(&b, "%s\t%s\n", s.files, s.prefix)
	}
	for _, c := range s.list {
		fmt.Fprintf(&b, "%s\t%s\n", c.word, output.Printable(c.help))
	}
	return b.Bytes()
}

// complete prints what can stand in place of the last of some words.
func (p *program) complete(words []string) error {
	if len(words) == 0 {
		words = []string{""}
	}
	before, word := words[:len(words)-1], strings.TrimPrefix(words[len(words)-1], "=")
	l := commandLine{p: p, argParser: newArgParser(newApp(p))}
	l.read(before)
	return p.out.WriteResult(l.suggest(word).startingWith(word).text())
}

// A commandLine is what stands before the word that is completed.
type commandLine struct {
	p *program
	argParser
	waits string // the flag that waits for its value
}

// read parses the words. A mistake in them is passed over.
func (l *commandLine) read(words []string) {
	for len(words) > 0 {
		word := words[0]
		isLast := len(words) == 1
		used, err := l.next(words)
		if err != nil {
			used = 1
		}
		isFlag := strings.HasPrefix(word, "-") && word != "-" && !l.flagsEnd
		switch {
		case isFlag && isLast && !strings.Contains(word, "="):
			if name := strings.TrimLeft(word, "-"); l.takesValue[name] {
				l.waits = name
			}
		case err != nil && !isFlag:
			l.arguments = append(l.arguments, word) // a command that does not exist
		}
		words = words[used:]
	}
}

// suggest returns what the word may be: the value of a flag, a flag, a command or an argument.
func (l *commandLine) suggest(word string) suggestions {
	switch name, value, hasValue := strings.Cut(word, "="); {
	case l.waits != "":
		return l.valuesOf(l.waits, word)
	case strings.HasPrefix(word, "-") && hasValue && !l.flagsEnd:
		return l.valuesOf(strings.TrimLeft(name, "-"), value).behind(name + "=")
	case strings.HasPrefix(word, "-") && !l.flagsEnd:
		return l.flags(word)
	}
	return l.words(word)
}

// words are the commands and the arguments that may stand here, or where there are none, the flags.
func (l *commandLine) words(word string) suggestions {
	here := l.path[len(l.path)-1]
	var result suggestions
	if !l.helps {
		result = l.argument(word)
	}
	if len(l.arguments) == 0 && !l.flagsEnd {
		result.list = append(commandsOf(here.commands, word), result.list...)
		result.list = append(result.list, commandsOf(l.topics(), word)...)
	}
	if len(here.commands) == 0 && !here.takesArguments && word == "" && !l.flagsEnd {
		return l.flags("--")
	}
	return result
}

// commandsOf are the names of commands, or where none continues the word, their aliases.
func commandsOf(commands []*cli.Command, word string) []suggestion {
	var names, aliases []suggestion
	isName := false
	for _, command := range commands {
		if command.Hidden {
			continue
		}
		isName = isName || strings.HasPrefix(command.Name, word)
		names = append(names, suggestion{command.Name, command.Usage})
		for _, alias := range command.Aliases {
			aliases = append(aliases, suggestion{alias, command.Usage})
		}
	}
	if isName {
		return names
	}
	return aliases
}

// flags are those of the command, in the form of the word: -name is a flag too. A flag that was given and does not
// repeat is left out.
func (l *commandLine) flags(word string) suggestions {
	dashes := "--"
	if len(word) > 1 && word[1] != '-' {
		dashes = "-"
	}
	var list []suggestion
	for _, group := range help.FlagGroups(l.path[len(l.path)-1].flags) {
		for _, flag := range group.Flags {
			if flag.Repeats || !l.isGiven(flag.Names) {
				list = append(list, suggestion{dashes + flag.Names[0], flag.Usage})
			}
		}
	}
	list = append(list, suggestion{dashes + "help", "print help"})
	return suggestions{list: list}
}

// isGiven reports whether a flag stands before the word.
func (l *commandLine) isGiven(names []string) bool {
	return slices.ContainsFunc(l.given, func(g givenFlag) bool { return slices.Contains(names, g.name) })
}

// value is the value of a flag that stands before the word.
func (l *commandLine) value(name string) string {
	for _, given := range l.given {
		if given.name == name {
			return given.value
		}
	}
	return ""
}
