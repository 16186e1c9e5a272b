// Command gotest runs go test with its arguments, and with one package more at the same time. It prints what go test
// prints, then one line that counts the skipped tests and says why they were skipped. It ends with the exit code of go
// test. $GO is the go command.
//
// With -limit DURATION as the first argument, a test that runs for longer fails: its package prints its goroutines and
// ends. The subtests of a test have a limit each.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"time"
)

func main() {
	args, each, err := limitOf(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(2)
	}
	code, err := run(os.Stdout, cmp.Or(os.Getenv("GO"), "go"), each, args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// limitOf takes -limit from the arguments. Zero is no limit.
func limitOf(args []string) (rest []string, each time.Duration, err error) {
	if len(args) < 2 || args[0] != "-limit" {
		return args, 0, nil
	}
	each, err = time.ParseDuration(args[1])
	return args[2:], each, err
}

// run runs go test, with a limit for each test, and returns its exit code. An error is one of running it.
func run(out io.Writer, program string, each time.Duration, args []string) (code int, err error) {
	// A package may wait for registries, and for pauses between tries: so there is one more than there are processors.
	packages := "-p=" + strconv.Itoa(runtime.NumCPU()+1)
	cmd := exec.Command(program, slices.Concat([]string{"test", "-json", packages}, args)...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	r := newReport(out)
	if each > 0 {
		done := make(chan struct{})
		defer close(done)
		end := func(pkg string) { endTests(cmd.Process.Pid, pkg) }
		go limit{each, min(each/4, time.Second), end, map[string]bool{}}.watch(r, done)
	}
	if err := r.read(events); err != nil {
		return 0, errors.Join(err, cmd.Wait())
	}
	err = cmd.Wait()
	fmt.Fprintln(out, r.skips())
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// read takes the events of go test -json, one in each line. Other lines are passed on.
func (r *report) read(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil && e.Action != "" {
			r.take(e)
		} else {
			r.say("%s", line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
