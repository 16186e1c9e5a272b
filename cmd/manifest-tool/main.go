// Command manifest-tool puts per-architecture images together into one multi-platform image,
// straight against registries.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

// Set by the linker for a release; see the Makefile.
var (
	version = ""
	commit  = ""
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a write to a closed stdout is an error like others, after the work is done
	os.Exit(run(os.Args, Env{
		stdin:   os.Stdin,
		stdout:  os.Stdout,
		stderr:  os.Stderr,
		environ: os.Environ(),
		version: version,
		commit:  commit,
	}))
}
