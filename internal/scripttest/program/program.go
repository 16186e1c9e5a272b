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
	prepare()
	os.Exit(run(os.Args, cli.Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ()}))
}

func prepare() {
	signal.Ignore(syscall.SIGPIPE)
	log.SetOutput(io.Discard)
}

func run(args []string, env cli.Env) int {
	stdout, done, err := record(env.Stdout, env.Getenv(OutputsVariable), args)
	if err != nil {
		panic(err)
	}
	defer done()
	env.Stdout, env.Backoff = stdout, Backoff
	return cli.Main(args, env)
}
