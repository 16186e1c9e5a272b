package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/run"
)

// TestPipelines parses the pipelines in examples and in README, and every command of ours in them.
func TestPipelines(t *testing.T) {
	files, err := filepath.Glob("../../examples/ci/*")
	if err != nil || len(files) < 3 {
		t.Fatalf("%q %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			checkPipeline(t, string(raw))
		})
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(readme), "```")[1:] {
		if pipeline, ok := strings.CutPrefix(block, "yml\n"); ok {
			checkPipeline(t, pipeline)
		}
	}
	// the comments of the specs say how they are pushed
	specs, err := filepath.Glob("../../examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range specs {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range commandsIn(strings.ReplaceAll(string(raw), "# manifest-tool", "manifest-tool")) {
			checkCommand(t, command)
		}
	}
}

// checkPipeline checks a YAML document with a command of ours in it.
func checkPipeline(t *testing.T, text string) {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	commands := 0
	var visit func(*yaml.Node)
	visit = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode {
			for _, command := range commandsIn(n.Value) {
				checkCommand(t, command)
				commands++
			}
		}
		for _, child := range n.Content {
			visit(child)
		}
	}
	visit(&document)
	if commands == 0 {
		t.Errorf("there is no command of ours in\n%s", text)
	}
}

var (
	expression = regexp.MustCompile(`\$\{\{.*?\}\}|\$\([^)]*\)`)
	word       = regexp.MustCompile(`"[^"]*"|'[^']*'|[|&;>]+|[^\s"'|&;>]+`)
)

// commandsIn gives the words of the commands of ours in a shell script.
func commandsIn(script string) (commands [][]string) {
	script = strings.NewReplacer("\\\n", " ", "$PLATFORMS", "linux/amd64").Replace(script)
	script = expression.ReplaceAllString(script, "x")
	for line := range strings.Lines(script) {
		var command []string
		for _, w := range append(word.FindAllString(line, -1), ";") {
			if !strings.ContainsAny(w[:1], "|&;>") {
				command = append(command, strings.Trim(w, `"'`))
				continue
			}
			if len(command) > 0 && command[0] == "manifest-tool" {
				commands = append(commands, command)
			}
			command = nil
		}
	}
	return commands
}

var errParsed = errors.New("the command line is right")

// checkCommand has the program parse a command line, and nothing more.
func checkCommand(t *testing.T, args []string) {
	t.Helper()
	app := newApp(newProgram(run.Env{Stdout: io.Discard, Stderr: io.Discard}))
	parseOnly(app.Commands)
	ordered, _, err := normalizeArgs(app, args)
	if err == nil {
		err = app.Run(ordered)
	}
	if !errors.Is(err, errParsed) {
		t.Errorf("%q: %v", args, err)
	}
}

func parseOnly(commands []*cli.Command) {
	for _, command := range commands {
		parseOnly(command.Subcommands)
		command.Action = func(c *cli.Context) error {
			_, err := pushOptionsOf(c)
			if c.Command.Name == "from-digests" {
				_, more := digestsOf(c)
				err = errors.Join(err, more)
			}
			if err == nil && c.Command.Name != "from-args" && !c.Args().Present() {
				err = errors.New("there is nothing to push")
			}
			if err == nil {
				err = errParsed
			}
			return err
		}
	}
}
