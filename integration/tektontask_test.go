package integration

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTektonValidation gives the Task, and the Pipeline of the tutorial, to the validation of Tekton's webhook.
func TestTektonValidation(t *testing.T) {
	needPipelines(t)
	t.Parallel()
	program := tool(t, "tekton")
	validate := func(text string) (string, error) {
		file := filepath.Join(t.TempDir(), "object.yaml")
		placeFile(t, file, text)
		return runScript(t, ".", nil, program, file)
	}
	task := readText(t, "../pipelines/tekton/task.yaml")
	for name, text := range map[string]string{
		"task": task, "pipeline": readText(t, "../examples/ci/tekton.yaml"),
	} {
		if said, err := validate(text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
	}
	for name, edit := range map[string]struct{ old, new string }{
		"an unknown key":       {"readOnlyRootFilesystem", "readOnlyRoot"},
		"no such parameter":    {"$(params.REQUIRE)", "$(params.REQUIRED)"},
		"a wrong type":         {"type: array", "type: list"},
		"no such result":       {"- name: IMAGE_URL", "- name: image url"},
		"an array in a string": {"value: $(params.IMAGE)}", "value: $(params.IMAGES)}"},
	} {
		text := strings.Replace(task, edit.old, edit.new, 1)
		if text == task {
			t.Errorf("the task has no %q", edit.old)
		}
		if said, err := validate(text); err == nil {
			t.Errorf("%s is not found: %s", name, said)
		}
	}
}

// A tektonTask is what the test needs of pipelines/tekton/task.yaml. TestTektonValidation checks the rest.
type tektonTask struct {
	Spec struct {
		Params []struct {
			Name, Type string
			Default    any
		}
		Results []struct{ Name string }
		Steps   []tektonStep
	}
}

type tektonStep struct {
	Image, Script   string
	Args            []string
	Env             []struct{ Name, Value string }
	SecurityContext map[string]any
}

func readTask(t testing.TB) (task tektonTask) {
	t.Helper()
	raw, err := json.Marshal(objectsIn(t, "../pipelines/tekton/task.yaml")[0])
	if err == nil {
		err = json.Unmarshal(raw, &task)
	}
	if err != nil {
		t.Fatal(err)
	}
	return task
}

var tektonVariable = regexp.MustCompile(`\$\((params|results)\.([A-Z_]+)(\.path|\[\*\])?\)`)

// run runs the one step as Tekton does, with results as files. It returns the results.
func (task tektonTask) run(t testing.TB, env map[string]string, params map[string][]string) (results map[string]string, said string, err error) {
	t.Helper()
	step, files := task.Spec.Steps[0], t.TempDir()
	values := map[string][]string{}
	for _, param := range task.Spec.Params {
		switch value := param.Default.(type) {
		case string:
			values[param.Name] = []string{value}
		case []any:
			values[param.Name] = nil
		}
	}
	maps.Copy(values, params)
	replace := func(text string) string {
		return tektonVariable.ReplaceAllStringFunc(text, func(s string) string {
			m := tektonVariable.FindStringSubmatch(s)
			if m[1] == "results" {
				return filepath.Join(files, m[2])
			}
			return strings.Join(values[m[2]], "")
		})
	}
	script := filepath.Join(t.TempDir(), "script")
	placeFile(t, script, replace(step.Script))
	words := []string{script}
	for _, arg := range step.Args {
		if m := tektonVariable.FindStringSubmatch(arg); m != nil && m[3] == "[*]" {
			words = append(words, values[m[2]]...)
			continue
		}
		words = append(words, replace(arg))
	}
	env = maps.Clone(env)
	for _, variable := range step.Env {
		env[variable.Name] = replace(variable.Value)
	}
	said, err = runScript(t, t.TempDir(), env, words...)
	results = map[string]string{}
	for _, result := range task.Spec.Results {
		if raw, err := os.ReadFile(filepath.Join(files, result.Name)); err == nil {
			results[result.Name] = string(raw)
		}
	}
	return results, said, err
}

// TestTektonTask runs the script of the Task.
func TestTektonTask(t *testing.T) {
	t.Parallel()
	task, jobs := readTask(t), runBuildJobs(t, startDistribution(t).Host, "tekton/app")
	env := map[string]string{"PATH": withProgram(t), "HOME": t.TempDir()}
	images := []string{jobs.Repo + "@" + jobs.Amd64, jobs.Repo + ":1.0-arm64@" + jobs.Arm64}
	for tag, params := range map[string]map[string][]string{
		"plain":   {"IMAGES": images},
		"require": {"IMAGES": images, "REQUIRE": {"linux/amd64,linux/arm64"}},
		"args":    {"IMAGES": images, "ARGS": {"--attest", "--wait=1m"}, "TLSVERIFY": {"false"}},
	} {
		name := jobs.Repo + ":" + tag
		params["IMAGE"] = []string{name}
		results, _, err := task.run(t, env, params)
		if err != nil {
			t.Fatal(err)
		}
		digest := jobs.mustHold(t, tag).Digest
		want := map[string]string{"IMAGE_DIGEST": digest, "IMAGE_URL": name, "IMAGE_REF": name + "@" + digest}
		if !maps.Equal(results, want) {
			t.Errorf("%s: the results are %q, and not %q", tag, results, want)
		}
	}
	for says, params := range map[string]map[string][]string{
		"linux/s390x":    {"IMAGES": images, "REQUIRE": {"linux/s390x"}},
		"no INPUT":       {"IMAGES": nil},
		"--dry-run":      {"IMAGES": {"--dry-run", images[0]}},
		"$(touch pwned)": {"IMAGES": {"$(touch pwned)"}, "REQUIRE": {"linux/amd64"}},
	} {
		params["IMAGE"] = []string{jobs.Repo + ":fails"}
		results, said, err := task.run(t, env, params)
		if err == nil || !strings.Contains(said, says) || len(results) > 0 {
			t.Errorf("%q, %v, and not %q in:\n%s", results, err, says, said)
		}
	}
	jobs.mustLack(t, "fails")
}
