package run

import (
	"sync"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/output/progress"
)

// A Runner carries out commands. Each command is a method. None of them knows the CLI library.
type Runner struct {
	Env
	out *output.Printer
	// typed is the password from stdin or the terminal, once it is read. Some commands open places twice.
	typed *string
	// hiding are the places that were named as hiding referrers. A run of many images names each place once.
	hiding sync.Map // of spec.Place
}

// New returns a Runner that prints with out.
func New(e Env, out *output.Printer) *Runner {
	return &Runner{Env: e, out: out}
}

// newMeter returns the meter of a push. It may be animated if stderr is a terminal and nothing else is
// written there meanwhile, such as a line of stdout for each image.
func (r *Runner) newMeter(o PushOptions) *progress.Meter {
	animate := !o.Debug && !(o.Lines && r.out.HasTerminal()) && r.out.IsInteractive() &&
		r.Getenv("CI") == "" && r.Getenv("TERM") != "dumb"
	return progress.New(r.out, o.Progress, animate)
}

// showDebug prints debug messages from now on, if the user asks for them.
func (r *Runner) showDebug(o GlobalOptions) {
	if o.Debug {
		r.out.ShowDebug()
	}
}

// noMeter returns a meter that shows nothing.
func noMeter() *progress.Meter { return progress.New(nil, "none", false) }
