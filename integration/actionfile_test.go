package integration

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// An actionFile is action.yml: what GitHub defines for composite actions, as far as we use it.
type actionFile struct {
	Name, Description, Author string
	Branding                  struct{ Icon, Color string }
	Inputs                    map[string]struct {
		Description, Default string
		Required             bool
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	Name, ID, If, Shell, Run string
	Env                      map[string]string
}

func readAction(t testing.TB) (action actionFile) {
	t.Helper()
	unmarshalFile(t, "../action.yml", &action)
	return action
}

// An actionJob is a job of a workflow in which the action runs.
type actionJob struct {
	dir  string // the workspace
	with map[string]string
	env  map[string]string // what steps before have set
}

// runner has the variables that a runner of GitHub sets, and the files in which steps leave what later steps get.
func (j actionJob) runner(t testing.TB) map[string]string {
	t.Helper()
	temporary := t.TempDir()
	arch := map[string]string{"amd64": "X64", "arm64": "ARM64"}[runtime.GOARCH]
	env := map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "HOME": temporary, "PATH": systemPath(), "TMPDIR": temporary,
		"RUNNER_OS": runnerOS, "RUNNER_ARCH": arch, "RUNNER_TEMP": filepath.Join(temporary, "temp"),
		"GITHUB_ACTION_PATH": repositoryRoot(t), "GITHUB_WORKSPACE": j.dir, "GITHUB_ACTOR": "octocat",
		"GITHUB_SERVER_URL": "https://github.com",
	}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"} {
		env[name] = filepath.Join(temporary, name)
		placeFile(t, env[name], "")
	}
	maps.Copy(env, j.env)
	return env
}

// run runs the steps of the action as a runner does. It returns the outputs of the action and what the steps print.
func (j actionJob) run(t testing.TB, action actionFile) (outputs map[string]string, said string, err error) {
	t.Helper()
	for name := range j.with {
		if _, ok := action.Inputs[name]; !ok {
			t.Fatalf("the action has no input %q", name)
		}
	}
	env := j.runner(t)
	outputs = map[string]string{}
	stepOutputs := map[string]string{}
	evaluate := func(text string) string { return j.evaluate(t, action, stepOutputs, text) }
	for _, step := range action.Runs.Steps {
		if step.If != "" && evaluate("${{ "+strings.TrimSuffix(step.If, " != 'true'")+" }}") == "true" {
			continue
		}
		stepEnv := maps.Clone(env)
		for name, value := range step.Env {
			stepEnv[name] = evaluate(value)
		}
		script := filepath.Join(t.TempDir(), "step.sh")
		placeFile(t, script, step.Run)
		printed, err := runScript(t, j.dir, stepEnv, installed(t, "bash"), "--noprofile", "--norc", "-eo", "pipefail", script)
		said += printed
		if err != nil {
			return outputs, said, err
		}
		for line := range strings.Lines(readText(t, env["GITHUB_PATH"])) {
			env["PATH"] = strings.TrimSpace(line) + string(os.PathListSeparator) + env["PATH"]
		}
		for name, value := range githubOutputs(t, readText(t, env["GITHUB_OUTPUT"])) {
			stepOutputs["steps."+step.ID+".outputs."+name] = value
		}
	}
	for name, output := range action.Outputs {
		outputs[name] = evaluate(output.Value)
	}
	return outputs, said, nil
}

var githubExpression = regexp.MustCompile(`\$\{\{ ([a-z0-9._-]+) \}\}`)

// evaluate replaces expressions. An output of a step that did not run is empty, as on GitHub.
func (j actionJob) evaluate(t testing.TB, action actionFile, stepOutputs map[string]string, text string) string {
	return githubExpression.ReplaceAllStringFunc(text, func(expression string) string {
		name := githubExpression.FindStringSubmatch(expression)[1]
		switch input, isInput := strings.CutPrefix(name, "inputs."); {
		case isInput:
			declared, ok := action.Inputs[input]
			if !ok {
				t.Errorf("%s: no such input", expression)
			}
			if value, ok := j.with[input]; ok {
				return value
			}
			return j.evaluate(t, action, nil, declared.Default)
		case name == "github.token":
			return "ghs_000000000000000000000000000000000000"
		case name == "github.action_ref":
			return "v9.8.7"
		case strings.HasPrefix(name, "steps."):
			return stepOutputs[name]
		}
		t.Errorf("%s: the test does not know this", expression)
		return ""
	})
}

// githubOutputs reads what steps have written to $GITHUB_OUTPUT: NAME=VALUE, or NAME<<END with lines up to END.
func githubOutputs(t testing.TB, text string) map[string]string {
	t.Helper()
	outputs := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for len(lines) > 0 && lines[0] != "" {
		line := lines[0]
		lines = lines[1:]
		name, end, isBlock := strings.Cut(line, "<<")
		if !isBlock {
			name, value, ok := strings.Cut(line, "=")
			if !ok {
				t.Fatalf("GitHub cannot read the output %q", line)
			}
			outputs[name] = value
			continue
		}
		var value []string
		for len(lines) > 0 && lines[0] != end {
			value, lines = append(value, lines[0]), lines[1:]
		}
		if len(lines) == 0 {
			t.Fatalf("no line %q in\n%s", end, text)
		}
		outputs[name], lines = strings.Join(value, "\n"), lines[1:]
	}
	return outputs
}

func readText(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
