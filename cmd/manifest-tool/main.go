// Command manifest-tool puts per-architecture images together into one multi-platform image,
// straight against registries.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

// Set by the linker for a release; see the Makefile.
var (
	version = ""
	commit  = ""
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a closed stdout is an error like others, after the work is done
	os.Exit(run(os.Args, world{
		stdin:   os.Stdin,
		stdout:  os.Stdout,
		stderr:  os.Stderr,
		environ: os.Environ(),
	}))
}

const issuesURL = "https://github.com/manifest-tool/manifest-tool/issues"

// A world is what the program sees of its surroundings.
type world struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string // NAME=value
	etc            string   // the folder of the system's settings; /etc if empty
	// transport carries the requests; nil is the network.
	transport http.RoundTripper
}

// lookup gives a variable of the environment.
func (w world) lookup(name string) (string, bool) {
	for _, variable := range w.environ {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

func (w world) getenv(name string) string {
	value, _ := w.lookup(name)
	return value
}

// run does what the arguments say, until a signal ends it, and returns the exit code.
func run(args []string, w world) int {
	ctx, stop := interruptible(context.Background())
	defer stop()
	return execute(ctx, args, w)
}

// execute is run without the signals. It is the only place that decides an exit code.
func execute(ctx context.Context, args []string, w world) (code int) {
	log := newLog(w.stderr)
	defer func() {
		if r := recover(); r != nil {
			stack := debug.Stack()
			if elsewhere, ok := r.(interface{ Stack() []byte }); ok {
				stack = elsewhere.Stack()
			}
			log.Errorf("internal error in %s: %v", versionText(), r)
			log.Debugf("%s", stack)
			fmt.Fprintf(w.stderr, "hint: please report it at %s, with what --debug says; running it again is safe\n", issuesURL)
			code = exitFailure
		}
	}()
	p := &program{world: w, log: log}
	command, err := p.do(ctx, args)
	if err == nil {
		return exitDone
	}
	problem := explain(ctx, command, err)
	if hint, ok := p.dockerHint(err); ok {
		problem.hint = hint
	}
	log.Error(problem.message)
	if problem.hint != "" {
		fmt.Fprintf(w.stderr, "hint: %s\n", printable(concealed(problem.hint)))
	}
	return problem.code
}

// do carries out a command line, and gives the name of the command that it is.
func (p *program) do(ctx context.Context, args []string) (command string, err error) {
	if len(args) == 1 && p.isPlugin() {
		return args[0], p.plugin(ctx)
	}
	app := newApp(p)
	args, command, err = arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, args)
	}
	return command, err
}

// interruptible returns a context that ends with the first SIGINT or SIGTERM, whose cause tells
// which. A second one ends the program at once.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(interrupted{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// interrupted is the cause of a context that a signal ended.
type interrupted struct{ signal os.Signal }

func (i interrupted) Error() string { return "stopped by " + i.signal.String() }

// Is makes it a cancellation for those who only want to know that.
func (i interrupted) Is(target error) bool { return target == context.Canceled }
