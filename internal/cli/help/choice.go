package help

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/internal/output"
)

// A Choice is a flag that takes one of a few words. It is the only place that knows them: the check, the placeholder
// and the completion use it.
type Choice struct {
	*cli.StringFlag
	Values []string
	// open reports whether a value is accepted that is none of the words.
	open  func(value string) bool
	forms []string // of such values
}

// Or accepts further values, which the help and the messages show as form. A value that open accepts is checked
// elsewhere.
func (c *Choice) Or(form string, open func(value string) bool) *Choice {
	c.open = open
	c.Usage = strings.Replace(c.Usage, "` ", "|"+form+"` ", 1)
	c.forms = append(c.forms, form)
	return c
}

// Names returns the name of the flag, without the regular expression of the library.
func (c *Choice) Names() []string { return []string{c.Name} }

// NewChoice returns a flag that takes one of the values. The first is the default, unless it is the only one.
func NewChoice(name, group, usage string, values ...string) *Choice {
	flag := &cli.StringFlag{Name: name, Category: group, Usage: "`" + strings.Join(values, "|") + "` " + usage}
	if len(values) > 1 {
		flag.Value, flag.DefaultText = values[0], values[0]
	}
	choice := &Choice{StringFlag: flag, Values: values}
	flag.Action = func(_ *cli.Context, value string) error {
		switch {
		case slices.Contains(values, value), choice.open != nil && choice.open(value):
			return nil
		case value == "":
			return output.Usagef("--%s is empty: is a variable not set?", name)
		}
		return output.Usagef("--%s %q: the flag takes %s%s", name, value, output.OrList(slices.Concat(values, choice.forms)), nearest.DidYouMean(value, values...))
	}
	return choice
}
