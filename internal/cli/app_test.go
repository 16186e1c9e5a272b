package cli

import (
	"io"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/run"
)

// TestOneCommandIsMade checks that the list of commands has their names, and that a name makes its command alone. Help
// needs all.
func TestOneCommandIsMade(t *testing.T) {
	p := newProgram(run.Env{Stdout: io.Discard, Stderr: io.Discard})
	all := newApp(p, "").Commands
	for _, command := range all {
		made := newApp(p, command.Name).Commands
		switch {
		case command.Name == "help" && len(made) != len(all):
			t.Errorf("help: %d of %d commands are made", len(made), len(all))
		case command.Name != "help" && (len(made) != 1 || made[0].Name != command.Name):
			t.Errorf("%s: the app has the commands %q", command.Name, commandNames(made))
		}
	}
}
