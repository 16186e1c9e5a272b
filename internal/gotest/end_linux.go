package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// dumpTime is how long a process may take to print its goroutines.
const dumpTime = 20 * time.Second

// endTests has the process that runs the tests of a package print its goroutines and end. What the process has
// started ends too.
func endTests(command int, pkg string) {
	name := path.Base(pkg)
	for _, pid := range children(command) {
		program, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		dir, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		if filepath.Base(program) != name+".test" || filepath.Base(dir) != name {
			continue
		}
		started := children(pid)
		syscall.Kill(pid, syscall.SIGQUIT)
		time.AfterFunc(dumpTime, func() { syscall.Kill(pid, syscall.SIGKILL) })
		for _, child := range started {
			syscall.Kill(child, syscall.SIGKILL)
		}
	}
}

// children are the processes that a process has started.
func children(parent int) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		stat, _ := os.ReadFile(file)
		_, rest, _ := strings.Cut(string(stat), ") ")
		var state string
		var pid, above int
		fmt.Sscan(filepath.Base(filepath.Dir(file)), &pid)
		fmt.Sscan(rest, &state, &above)
		if above == parent && state != "Z" {
			pids = append(pids, pid)
		}
	}
	return pids
}
