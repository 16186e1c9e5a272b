package cli

import (
	"io"

	"github.com/urfave/cli/v2"
)

// Definitions returns the definitions of all commands, for the reference and the man pages (internal/reference).
func Definitions() *cli.App {
	return newApp(newProgram(Env{Stdout: io.Discard, Stderr: io.Discard}))
}
