// Package cost runs programs and reports what they cost.
package cost

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// limit bounds each run of a program.
const limit = 10 * time.Minute

// A Usage is what processes cost, with all those that they started and waited for.
type Usage struct {
	Wall, CPU time.Duration
	Peak      int64 // bytes of memory of the largest; 0 if not known
}

// An Order is a list of commands to be run.
type Order struct {
	Commands [][]string
	Env      []string // nothing else is set
	MayFail  bool     // a command that exits with another code than 0 is measured too
	AtOnce   int      // so many at a time, which have one usage together; 0 or 1 means one after the other
}

// An Answer has the usage of each command, up to the first that failed.
type Answer struct {
	Usages []Usage
	Error  string // empty if none failed
}

// Run carries out an order. Linux counts the memory of the parent until exec as that of the child, so
// this is for a process that is small: the program measurer.
func Run(o Order) Answer {
	if o.AtOnce > 1 {
		return together(o)
	}
	var a Answer
	for _, args := range o.Commands {
		u, err := once(args, o)
		if err != nil {
			a.Error = err.Error()
			break
		}
		a.Usages = append(a.Usages, u)
	}
	return a
}

// together runs commands at the same time. Their memory is that of the largest.
func together(o Order) Answer {
	usages := make([]Usage, len(o.Commands))
	var group errgroup.Group
	group.SetLimit(o.AtOnce)
	begin := time.Now()
	for i, args := range o.Commands {
		group.Go(func() (err error) {
			usages[i], err = once(args, o)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Answer{Error: err.Error()}
	}
	sum := Total(usages)
	sum.Wall = time.Since(begin)
	return Answer{Usages: []Usage{sum}}
}

func once(args []string, o Order) (Usage, error) {
	var stderr strings.Builder
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env, cmd.Stderr = o.Env, &stderr
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return Usage{}, err
	}
	stop := time.AfterFunc(limit, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	u := Usage{
		Wall: time.Since(begin),
		CPU:  cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		Peak: peak(cmd.ProcessState),
	}
	if !stop.Stop() {
		err = fmt.Errorf("not done after %v", limit)
	}
	if exit := (*exec.ExitError)(nil); o.MayFail && errors.As(err, &exit) && exit.Exited() {
		err = nil
	}
	if err != nil {
		return Usage{}, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, lastLine(stderr.String()))
	}
	return u, nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// Total is the cost of processes that ran one after the other.
func Total(usages []Usage) Usage {
	var sum Usage
	for _, u := range usages {
		sum.Wall += u.Wall
		sum.CPU += u.CPU
		sum.Peak = max(sum.Peak, u.Peak)
	}
	return sum
}
