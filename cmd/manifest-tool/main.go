// Command manifest-tool puts per-architecture images together into one multi-platform image,
// straight against registries.
package main

import (
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/manifest-tool/manifest-tool/internal/cli"
)

// Set by the linker for a release; see the Makefile.
var (
	version = ""
	commit  = ""
)

func main() { os.Exit(run(environment())) }

// run runs the program on the arguments of the process.
func run(env cli.Env) int {
	signal.Ignore(syscall.SIGPIPE) // a write to a closed stdout is an error like others, after the work is done
	log.SetOutput(io.Discard)      // net/http logs what a server sends unasked, which may be a secret
	return cli.Main(os.Args, env)
}

func environment() cli.Env {
	return cli.Env{
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Environ: os.Environ(),
		Version: version,
		Commit:  commit,
	}
}
