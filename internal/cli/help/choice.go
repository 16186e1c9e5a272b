package help

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Choice is a flag that takes one of a few words. It is the only place that knows them: the check, the placeholder
// and the completion use it.
type Choice struct {
	*cli.StringFlag
	Values []string
}

// NewChoice returns a flag that takes one of the values. The first is the default, unless it is the only one.
func NewChoice(name, group, usage string, values ...string) *Choice {
	flag := &cli.StringFlag{Name: name, Category: group, Usage: "`" + strings.Join(values, "|") + "` " + usage}
	if len(values) > 1 {
		flag.Value, flag.DefaultText = values[0], values[0]
	}
	flag.Action = func(_ *cli.Context, value string) error {
		switch {
		case slices.Contains(values, value):
			return nil
		case value == "":
			return output.Usagef("--%s is empty: is a variable not set?", name)
		}
		return output.Usagef("--%s %q: the flag takes %s%s", name, value, output.OrList(values), spec.DidYouMean(value, values...))
	}
	return &Choice{StringFlag: flag, Values: values}
}
