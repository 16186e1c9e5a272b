package integration

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// A process is our program while it runs, as a thing that a test can disturb.
type process struct {
	*exec.Cmd
	stdout, stderr  bytes.Buffer // complete when it is gone
	started, exited chan struct{}
}

// newProcess prepares our program, without the user's credentials. It does not outlive the test.
func newProcess(t testing.TB, args ...string) *process {
	t.Helper()
	program := binary(t) // the first call builds the program, which may take longer than commandTime
	ctx, kill := context.WithTimeout(t.Context(), commandTime)
	p := &process{
		Cmd:     exec.CommandContext(ctx, program, args...),
		started: make(chan struct{}),
		exited:  make(chan struct{}),
	}
	p.Env = []string{"HOME=" + t.TempDir()}
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	p.WaitDelay = time.Second
	t.Cleanup(func() {
		kill()
		if p.Process != nil {
			<-p.exited
		}
	})
	return p
}

func (p *process) launch(t testing.TB) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	close(p.started)
	go func() {
		p.Wait()
		close(p.exited)
	}()
}

// signal can be called as soon as there is a request of the process. One that is gone is no error.
func (p *process) signal(s os.Signal) {
	<-p.started
	p.Process.Signal(s)
}

// end waits until the process is gone, and returns how it ended, such as "exit status 0" or "signal: killed".
func (p *process) end() string {
	<-p.exited
	return p.ProcessState.String()
}

// mustEnd waits until the process is gone, and fails the test unless it ended in one of these ways.
func (p *process) mustEnd(t testing.TB, ends ...string) {
	t.Helper()
	if end := p.end(); !slices.Contains(ends, end) {
		t.Errorf("%s, none of %q\n%s", end, ends, &p.stderr)
	}
}

// stopWithin is how long a program may live that was asked to stop.
const stopWithin = 2 * time.Second

// stop sends signals and waits until the process is gone, which it has to be soon.
func (p *process) stop(t testing.TB, signals ...os.Signal) {
	t.Helper()
	for _, s := range signals {
		p.signal(s)
	}
	if !p.endsWithin(stopWithin) {
		t.Errorf("%v after %v it is still there", stopWithin, signals)
	}
	<-p.exited
}

// gone reports whether the process has ended.
func (p *process) gone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// endsWithin reports whether the process is gone that soon.
func (p *process) endsWithin(limit time.Duration) bool {
	select {
	case <-p.exited:
		return true
	case <-time.After(limit):
		return false
	}
}

// digest is what a process that ended well has printed.
func (p *process) digest(t testing.TB) string {
	t.Helper()
	end := p.end()
	words := strings.Fields(p.stdout.String())
	if end != "exit status 0" || len(words) != 3 || words[0] != "Digest:" {
		t.Fatalf("%s: %s\n%s%s", p, end, &p.stdout, &p.stderr)
	}
	return words[1]
}
