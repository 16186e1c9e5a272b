package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/run"
)

// TestPipelines parses the pipelines in examples/ci, and every command of ours in them.
func TestPipelines(t *testing.T) {
	files := glob(t, "../../examples/ci/*")
	if len(files) < 4 {
		t.Fatalf("%q", files)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if text := read(t, file); filepath.Base(file) == "Jenkinsfile" {
				checkScript(t, text, 0)
				if !ourPipelines.MatchString(text) {
					t.Error("the step of the library is not used")
				}
			} else {
				checkPipeline(t, text)
			}
		})
	}
	for _, file := range glob(t, "../../examples/kubernetes/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) { checkContainers(t, file) })
	}
	// the comments of the specs say how they are pushed
	for _, file := range glob(t, "../../examples/*.yaml") {
		checkScript(t, strings.ReplaceAll(read(t, file), "# manifest-tool", "manifest-tool"), 0)
	}
}

// TestCommandsInPages parses the commands of README and docs that no test can run: in pipelines (yml, groovy), in
// scripts (sh), and within a sentence. What a reader has to fill in is written as ... there.
func TestCommandsInPages(t *testing.T) {
	files := append(glob(t, "../../docs/*.md"), glob(t, "../../docs/*/*.md")...)
	if len(files) < 20 {
		t.Fatalf("%q", files)
	}
	for _, file := range append(files, "../../README.md") {
		if name := filepath.Base(file); name == "commands.md" || name == "messages.md" {
			continue // they are generated; their own tests hold the examples
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := read(t, file)
			for _, m := range block.FindAllStringSubmatch(text, -1) {
				switch m[1] {
				case "yml":
					checkPipeline(t, m[2])
				case "sh", "groovy":
					checkScript(t, m[2], 0)
				}
			}
			for _, m := range inline.FindAllStringSubmatch(block.ReplaceAllString(text, ""), -1) {
				if !strings.Contains(m[1], "...") {
					checkScript(t, strings.ReplaceAll(m[1], `\|`, "|"), 0)
				}
			}
		})
	}
}

var (
	block  = regexp.MustCompile("(?ms)^```(\\w*)[^\n]*\n(.*?)^```$")
	inline = regexp.MustCompile("`([^`\n]*manifest-tool [^`\n]* [^`\n]*)`")
)

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// checkScript checks the commands of ours in a shell script, of which there have to be some.
func checkScript(t *testing.T, script string, atLeast int) {
	t.Helper()
	commands := commandsIn(script)
	for _, command := range commands {
		checkCommand(t, command)
	}
	if len(commands) < atLeast {
		t.Errorf("there is no command of ours in\n%s", script)
	}
}

// ourPipelines are the uses of what is in pipelines, templates and action.yml, which run the commands. The tests of
// integration run these.
var ourPipelines = regexp.MustCompile(`manifest-tool/manifest-tool[@:]|templates/merge\.yml|taskRef: \{name: manifest-tool\}|pipelines/concourse/task\.yml|manifestTool\(|id: manifest-tool-spec`)

// checkPipeline checks a YAML document with a command of ours in it, or a use of our pipelines.
func checkPipeline(t *testing.T, text string) {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	commands := 0
	var visit func(*yaml.Node)
	visit = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && n.Value != "manifest-tool" { // a name
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
	if commands == 0 && !ourPipelines.MatchString(text) {
		t.Errorf("there is no command of ours in\n%s", text)
	}
}

// checkContainers checks the commands of ours in the containers of a file. A shard of --shard auto/N needs N pods.
func checkContainers(t *testing.T, file string) {
	t.Helper()
	var document any
	if err := yaml.Unmarshal([]byte(read(t, file)), &document); err != nil {
		t.Fatal(err)
	}
	commands, pods := 0, ""
	var visit func(any)
	visit = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, item := range value {
				visit(item)
			}
		case map[string]any:
			if n, ok := value["completions"]; ok {
				pods = fmt.Sprint(n)
			}
			if command := containerCommand(value); len(command) > 0 {
				commands++
				checkCommand(t, command)
				if n, ok := shardsOf(command); ok && n != pods {
					t.Errorf("%q, and %s completions", command, pods)
				}
			}
			for _, key := range slices.Sorted(maps.Keys(value)) { // completions is before template
				visit(value[key])
			}
		}
	}
	visit(document)
	if commands == 0 && filepath.Base(file) != "specs.yaml" {
		t.Error("no container runs a command of ours")
	}
}

// containerCommand is the command line of a container that runs our program.
func containerCommand(container map[string]any) (words []string) {
	command, _ := container["command"].([]any)
	args, _ := container["args"].([]any)
	for _, word := range append(command, args...) {
		words = append(words, strings.ReplaceAll(fmt.Sprint(word), "{{inputs.parameters.index}}", "1"))
	}
	if len(words) == 0 || words[0] != "manifest-tool" {
		return nil
	}
	return words
}

// shardsOf is N of --shard auto/N.
func shardsOf(command []string) (n string, ok bool) {
	i := slices.Index(command, "--shard")
	if i < 0 || i+1 == len(command) {
		return "", false
	}
	return strings.CutPrefix(command[i+1], "auto/")
}

var (
	expression = regexp.MustCompile(`\$\{\{.*?\}\}|\$\([^)]*\)`)
	word       = regexp.MustCompile(`"[^"]*"|'[^']*'|[|&;>]+|[^\s"'|&;>]+`)
)

// commandsIn gives the words of the commands of ours in a shell script.
func commandsIn(script string) (commands [][]string) {
	script = strings.NewReplacer("\\\n", " ", "$PLATFORMS", "linux/amd64",
		"${{ matrix.shard }}", "1", "${{ strategy.job-total }}", "4").Replace(script)
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
			_, err := globalOptionsOf(c)
			if slices.ContainsFunc(c.Command.Flags, func(f cli.Flag) bool { return f.Names()[0] == flagProgress }) {
				_, err = pushOptionsOf(c)
			}
			if c.Command.Name == "from-digests" {
				_, more := digestsOf(c)
				err = errors.Join(err, more)
			}
			if err == nil && !slices.Contains([]string{"from-args", "ls", "init", "schema"}, c.Command.Name) && !c.Args().Present() && !c.IsSet(flagPairs) {
				err = errors.New("no argument is given")
			}
			if err == nil {
				err = errParsed
			}
			return err
		}
	}
}
