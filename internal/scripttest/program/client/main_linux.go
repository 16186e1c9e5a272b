// Command client runs a command line of manifest-tool in a worker, or in this process if no worker takes it.
package main

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/manifest-tool/manifest-tool/internal/scripttest/worker"
)

func main() {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	dir := filepath.Dir(self)
	if code, ok := worker.Ask(filepath.Join(dir, "workers")); ok {
		os.Exit(code)
	}
	panic(syscall.Exec(filepath.Join(dir, "direct", "manifest-tool"), os.Args, os.Environ()))
}
