// Package program is manifest-tool as tests run it in a process: with short pauses between tries, and with a record of
// the JSON that it prints. A script that shows a failure need not wait for seconds.
package program

import (
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/cli"
)

// Backoff is the longest first pause before a request is tried again.
const Backoff = 20 * time.Millisecond

// Main does what main of cmd/manifest-tool does.
func Main() {
	stdout, done, err := record(os.Stdout, os.Args)
	if err != nil {
		panic(err)
	}
	signal.Ignore(syscall.SIGPIPE)
	log.SetOutput(io.Discard)
	code := cli.Main(os.Args, cli.Env{
		Stdin: os.Stdin, Stdout: stdout, Stderr: os.Stderr,
		Environ: os.Environ(),
		Backoff: Backoff,
	})
	done()
	os.Exit(code)
}
