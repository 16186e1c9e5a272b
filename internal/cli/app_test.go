package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/run"
)

// TestOneCommandIsMade checks that the list of commands has their names, and that a name makes its command alone. Help
// needs all.
func TestOneCommandIsMade(t *testing.T) {
	p := newProgram(run.Env{Stdout: io.Discard, Stderr: io.Discard})
	all := newApp(p).Commands
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

// TestNamesAsValues checks command lines in which the value of a flag is the name of a command.
func TestNamesAsValues(t *testing.T) {
	for line, want := range map[string]string{
		"--username inspect copy":    "copy requires a SOURCE",
		"--username help copy":       "copy requires a SOURCE",
		"copy --username inspect":    "copy requires a SOURCE",
		"--username inspect":         "promote", // of the list of all commands
		"--username inspect insepct": "did you mean inspect?",
	} {
		var out strings.Builder
		Execute(t.Context(), strings.Fields("manifest-tool "+line), Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out})
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: no %q in %s", line, want, out.String())
		}
	}
}
