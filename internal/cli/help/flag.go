package help

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// A FlagGroup is a group of flags with its name, such as "Checks".
type FlagGroup struct {
	Name  string
	Flags []Flag
}

// A Flag is what help says of a flag.
type Flag struct {
	Names       []string // without hyphens, the long name first
	Placeholder string   // empty if the flag takes no value
	Usage       string
	Default     string   // empty if there is none
	Values      []string // the words that a Choice takes
	Repeats     bool
}

// Label is the flag with its placeholder: "--file FILE, -f FILE".
func (f Flag) Label() string {
	var names []string
	for _, name := range f.Names {
		hyphens := "--"
		if len(name) == 1 {
			hyphens = "-"
		}
		names = append(names, hyphens+name)
	}
	return strings.TrimSpace(strings.Join(names, ", ") + " " + f.Placeholder)
}

// Text is the usage, with the default and whether the flag may be repeated. A placeholder such as "TAG,..." says so
// already: the flag takes a list, and may be repeated.
func (f Flag) Text() string {
	text := f.Usage
	if f.Repeats && !strings.HasSuffix(f.Placeholder, ",...") {
		text += " (repeatable)"
	}
	if f.Default != "" {
		text += " (default: " + f.Default + ")"
	}
	return text
}

// FlagGroups returns the groups of flags in order. Hidden flags, and the library's flag for help, are left out.
func FlagGroups(flags []cli.Flag) []FlagGroup {
	byName := map[string][]Flag{}
	var names []string
	for _, flag := range flags {
		f, ok := flag.(interface {
			cli.DocGenerationFlag
			cli.CategorizableFlag
		})
		if !ok || !f.IsVisible() || flag == cli.HelpFlag {
			continue
		}
		group := f.GetCategory()
		if byName[group] == nil {
			names = append(names, group)
		}
		byName[group] = append(byName[group], flagOf(f))
	}
	var groups []FlagGroup
	for _, name := range inOrder(names, flagOrder) {
		groups = append(groups, FlagGroup{Name: name, Flags: byName[name]})
	}
	return groups
}

func flagOf(f cli.DocGenerationFlag) Flag {
	flag := Flag{Names: f.Names(), Usage: f.GetUsage()}
	if rest, ok := strings.CutPrefix(flag.Usage, "`"); ok {
		flag.Placeholder, flag.Usage, _ = strings.Cut(rest, "`")
		flag.Usage = strings.TrimSpace(flag.Usage)
	}
	if f.TakesValue() {
		flag.Default = strings.Trim(f.GetDefaultText(), `"`)
	}
	slice, ok := f.(cli.DocGenerationSliceFlag)
	flag.Repeats = ok && slice.IsSliceFlag()
	if choice, ok := f.(*Choice); ok {
		flag.Values = choice.Values
	}
	return flag
}
