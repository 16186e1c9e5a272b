package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// commandTime bounds each run of a tool.
const commandTime = 2 * time.Minute

// A usage is what processes cost, with all those that they started and waited for.
type usage struct {
	Wall, CPU time.Duration
	Peak      int64 // bytes of memory of the largest
}

// An order is a list of commands to be run one after the other.
type order struct {
	Commands [][]string
	Env      []string // nothing else is set
}

type answer struct {
	Usages []usage // of each command
	Error  string
}

// measureWord, as first argument, makes this program carry out an order.
const measureWord = "measure"

// measure runs commands. They are started by a process that has just begun: Linux counts the memory of
// the parent until exec as that of the child, and ours holds the images.
func measure(o order) ([]usage, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	in, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, measureWord)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", measureWord, err)
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		return nil, err
	}
	if a.Error != "" {
		return nil, errors.New(a.Error)
	}
	return a.Usages, nil
}

// measurer is the other end of measure.
func measurer(in io.Reader, out io.Writer) error {
	var o order
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return err
	}
	var a answer
	for _, args := range o.Commands {
		u, err := once(args, o.Env)
		if err != nil {
			a.Error = err.Error()
			break
		}
		a.Usages = append(a.Usages, u)
	}
	return json.NewEncoder(out).Encode(a)
}

func once(args, env []string) (usage, error) {
	var stderr strings.Builder
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env, cmd.Stderr = env, &stderr
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return usage{}, err
	}
	stop := time.AfterFunc(commandTime, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	u := usage{Wall: time.Since(begin), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), Peak: peak(cmd.ProcessState)}
	if !stop.Stop() {
		err = fmt.Errorf("not done after %v", commandTime)
	}
	if err != nil {
		return usage{}, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, lastLine(stderr.String()))
	}
	return u, nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// total is the cost of processes that ran one after the other.
func total(usages []usage) usage {
	var sum usage
	for _, u := range usages {
		sum.Wall += u.Wall
		sum.CPU += u.CPU
		sum.Peak = max(sum.Peak, u.Peak)
	}
	return sum
}
