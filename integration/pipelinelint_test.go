package integration

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestActionFile checks what GitHub says about a composite action, and that no input becomes a part of a script.
func TestActionFile(t *testing.T) {
	t.Parallel()
	action := readAction(t)
	if action.Name == "" || action.Description == "" || action.Runs.Using != "composite" {
		t.Errorf("%q, %q, %q", action.Name, action.Description, action.Runs.Using)
	}
	used, ids := map[string]bool{}, map[string]bool{}
	for _, step := range action.Runs.Steps {
		ids[step.ID] = true
		if step.Run == "" || step.Shell == "" {
			t.Errorf("the step %q needs run and shell", step.Name)
		}
		if strings.Contains(step.Run, "${{") {
			t.Errorf("the step %q has an expression in its script, which runs what is in it", step.Name)
		}
		texts := append(slices.Collect(maps.Values(step.Env)), "${{ "+strings.Fields(step.If + " -")[0]+" }}")
		for _, text := range texts {
			for _, m := range githubExpression.FindAllStringSubmatch(text, -1) {
				used[strings.TrimPrefix(m[1], "inputs.")] = true
			}
		}
	}
	for name, input := range action.Inputs {
		if input.Description == "" {
			t.Errorf("the input %s has no description", name)
		}
		if !used[name] && !strings.Contains(input.Description, "not used") {
			t.Errorf("no step uses the input %s", name)
		}
	}
	for name, output := range action.Outputs {
		m := regexp.MustCompile(`^\$\{\{ steps\.(\w+)\.outputs\.[a-z-]+ \}\}$`).FindStringSubmatch(output.Value)
		if m == nil || !ids[m[1]] || output.Description == "" {
			t.Errorf("the output %s: %+v", name, output)
		}
	}
}

// TestShellCheck checks the scripts of the pipelines with shellcheck.
func TestShellCheck(t *testing.T) {
	t.Parallel()
	program := installed(t, "shellcheck")
	dir := t.TempDir()
	scripts, err := filepath.Glob("../pipelines/github/*.sh")
	if err != nil || len(scripts) < 2 {
		t.Fatalf("%q, %v", scripts, err)
	}
	save := func(name, text string) {
		scripts = append(scripts, filepath.Join(dir, name))
		placeFile(t, filepath.Join(dir, name), "#!/bin/sh\n"+text)
	}
	// SC2086: words of these variables are arguments, by design. SC2153, SC2154: variables that the CI sets
	save("gitlab.sh", "# shellcheck disable=SC2086,SC2153\n"+strings.Join(readComponent(t).include(t, nil)["merge"].Script, "\n"))
	save("tekton.sh", tektonVariable.ReplaceAllString(readTask(t).Spec.Steps[0].Script, "/x"))
	_, groovy, _ := strings.Cut(readText(t, "../pipelines/jenkins/vars/manifestTool.groovy"), "'''#!/bin/sh\n")
	groovy, _, _ = strings.Cut(groovy, "'''")
	save("jenkins.sh", "# shellcheck disable=SC2086,SC2153,SC2154\n"+groovy)
	for _, script := range scripts {
		said, err := runScript(t, ".", nil, program, "--shell=sh", "--severity=style", script)
		if err != nil {
			t.Errorf("%v\n%s", err, said)
		}
	}
}

var (
	ymlBlock = regexp.MustCompile("(?ms)^```yml[^\n]*\n(.*?)^```$")
	ourUses  = regexp.MustCompile(`manifest-tool/manifest-tool@\S+`)
)

// TestActionlint checks the workflows in examples/ci, and those in the docs, with actionlint. The action stands beside them,
// so that actionlint also finds an input or an output that it does not have.
func TestActionlint(t *testing.T) {
	t.Parallel()
	program := tool(t, "actionlint")
	project := t.TempDir()
	placeFile(t, filepath.Join(project, "action.yml"), readText(t, "../action.yml"))
	if err := os.Mkdir(filepath.Join(project, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	lint := func(name, text string) (string, error) {
		file := filepath.Join(project, ".github", "workflows", name+".yml")
		placeFile(t, file, ourUses.ReplaceAllString(text, "./"))
		return runScript(t, project, map[string]string{"PATH": systemPath()}, program, "-no-color", file)
	}
	workflows := workflowsOf(t)
	if len(workflows) < 4 {
		t.Errorf("only %q", slices.Collect(maps.Keys(workflows)))
	}
	uses := 0
	for name, text := range workflows {
		uses += len(ourUses.FindAllString(text, -1))
		if said, err := lint(name, text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
	}
	if uses < 3 {
		t.Errorf("only %d uses of the action", uses)
	}
	good := "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - id: m\n        uses: manifest-tool/manifest-tool@v1\n" +
		"        with: {digests-path: digests}\n      - run: echo \"$D\"\n        env: {D: \"${{ steps.m.outputs.digest }}\"}\n"
	for name, text := range map[string]string{
		"input":  strings.ReplaceAll(good, "digests-path", "digest-path"),
		"output": strings.ReplaceAll(good, "outputs.digest", "outputs.digests"),
	} {
		if _, err := lint(name, text); err == nil || text == good {
			t.Errorf("a wrong %s is not found", name)
		}
	}
}

// workflowsOf are the workflows in examples/ci and in the docs. A block of steps or of jobs becomes a workflow.
func workflowsOf(t testing.TB) map[string]string {
	t.Helper()
	workflows := map[string]string{}
	examples, err := filepath.Glob("../examples/ci/github-*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range examples {
		workflows[strings.TrimSuffix(filepath.Base(file), ".yml")] = readText(t, file)
	}
	pages, err := filepath.Glob("../docs/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	const job = "on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    outputs: {digest: x}\n    steps: [{run: 'true'}]\n"
	for _, page := range pages {
		for i, m := range ymlBlock.FindAllStringSubmatch(readText(t, page), -1) {
			name := strings.TrimSuffix(filepath.Base(page), ".md") + string(rune('a'+i))
			switch text := m[1]; {
			case strings.HasPrefix(text, "- uses: "):
				workflows[name] = job + "  steps:\n    needs: build\n    runs-on: ubuntu-24.04\n    steps:\n" + indent(text, "      ")
			case strings.Contains(text, "runs-on:") && !strings.Contains(text, "\njobs:"):
				workflows[name] = job + indent(text, "  ")
			}
		}
	}
	return workflows
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
}
