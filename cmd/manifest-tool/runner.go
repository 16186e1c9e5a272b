package main

// A runner carries out commands. Each command is a method. None of them knows the CLI library.
type runner struct {
	Env
	out *printer
	// typed is the password from stdin, once it is read. Some commands open places twice.
	typed []byte
}

func newRunner(e Env, out *printer) *runner { return &runner{Env: e, out: out} }

// newMeter returns the meter of a push. It may be animated if stderr is a terminal and nothing else is
// written there meanwhile.
func (r *runner) newMeter(o pushOptions) *meter {
	animate := !o.debug && r.out.isInteractive() &&
		r.getenv("CI") == "" && r.getenv("NO_COLOR") == "" && r.getenv("TERM") != "dumb"
	return newMeter(r.out, o.progress, animate)
}

// noMeter returns a meter that shows nothing.
func noMeter() *meter { return newMeter(nil, "none", false) }
