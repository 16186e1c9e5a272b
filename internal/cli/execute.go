package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

const issuesURL = "https://github.com/manifest-tool/manifest-tool/issues"

// Env is what the program uses of its environment.
type Env = run.Env

// gcPercent is how much the heap may grow before it is collected. A run waits for the network most of the time, and
// several documents of the largest size fit into the memory of a small build machine. It holds from the first
// collection on: most runs are done before, with less than 4 MiB.
const gcPercent = 50

// collectOften sets gcPercent at the first collection, which frees the garbage.
func collectOften() {
	type garbage struct{ _ *int } // with a pointer, it shares its memory with nothing else
	runtime.AddCleanup(&garbage{}, func(percent int) { debug.SetGCPercent(percent) }, gcPercent)
}

// Main carries out a command line until it is done or a signal ends it, and returns the exit code.
func Main(args []string, e Env) int {
	if e.Getenv("GOGC") == "" {
		collectOften()
	}
	ctx, stop := interruptible(context.Background())
	defer stop()
	if stdout, ok := e.Stdout.(*os.File); ok && isClosed(stdout) {
		e.Stdout = closedOutput{}
	}
	return Execute(ctx, args, e)
}

// closedOutput is a stdout that was closed when the program started.
type closedOutput struct{}

func (closedOutput) Write([]byte) (int, error) { return 0, errors.New("stdout is closed") }

// Execute carries out a command line and returns the exit code. No other function decides an exit code.
func Execute(ctx context.Context, args []string, e Env) (code int) {
	p := newProgram(e)
	ctx, p.stop = context.WithCancelCause(ctx)
	defer p.stop(nil)
	defer func() {
		if r := recover(); r != nil {
			p.reportPanic(r, debug.Stack())
			code = output.FailureCode(p.command)
		}
	}()
	command, err := p.do(ctx, args)
	if err == nil {
		err = p.out.LostOutput() // of a help text
	}
	if err == nil {
		return output.ExitDone
	}
	problem := output.Explain(ctx, command, err)
	if hint, ok := p.runner.DockerHint(err); ok {
		problem.Hint = hint
	}
	if p.isPlugin(args) {
		problem.Hint = pluginHint(problem.Hint)
	}
	p.out.PrintProblem(problem)
	return problem.Code
}

// reportPanic reports a panic. A panic that was passed on from another goroutine has its own stack.
func (p *program) reportPanic(r any, stack []byte) {
	if elsewhere, ok := r.(interface{ Stack() []byte }); ok {
		stack = elsewhere.Stack()
	}
	p.out.Errorf("internal error in %s: %v", versionText(p.env), r)
	p.out.Debugf("%s", stack)
	p.out.Hint("please report it at " + issuesURL + ", with what --debug says; running it again is safe")
}

// do carries out a command line, and returns the name of its command.
func (p *program) do(ctx context.Context, args []string) (command string, err error) {
	if p.isPlugin(args) {
		return args[0], p.plugin(ctx)
	}
	if len(args) > 1 && args[1] == completeCommand {
		return args[0], p.complete(args[2:])
	}
	app := newApp(p, args[1:]...)
	normal, command, err := normalizeArgs(app, args)
	if err != nil || command == app.Name { // the message or the help text may name other commands
		app = newApp(p)
		normal, command, err = normalizeArgs(app, args)
	}
	if p.command = command; err == nil {
		err = app.RunContext(ctx, normal)
	}
	return command, err
}

// interruptible returns a context that ends with the first SIGINT, SIGTERM or SIGHUP. Its cause names the signal. A
// second signal ends the program at once. SIGHUP stays ignored under nohup.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(output.Interrupted{Signal: s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}
