package integration

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A gitlabComponent is templates/merge.yml: what GitLab defines for components, as far as we use it.
type gitlabComponent struct {
	Spec struct {
		Inputs map[string]struct {
			Description string
			Default     *string
		}
	}
	job string // with $[[ inputs.NAME ]]
}

type gitlabJob struct {
	Stage string
	Image struct {
		Name       string
		Entrypoint []string
	}
	Variables map[string]string
	Script    []string
	Artifacts struct{ Reports struct{ Dotenv string } }
}

func readComponent(t testing.TB) (component gitlabComponent) {
	t.Helper()
	spec, job, ok := strings.Cut(readText(t, "../templates/merge.yml"), "\n---\n")
	if !ok {
		t.Fatal("templates/merge.yml has no job")
	}
	strict(t, spec, &component)
	component.job = job
	return component
}

func strict(t testing.TB, text string, into any) {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil && err != io.EOF {
		t.Fatalf("%v in\n%s", err, text)
	}
}

var gitlabInput = regexp.MustCompile(`\$\[\[ inputs\.([a-z]+) \]\]`)

// include makes the jobs of the component, with inputs and defaults in their places.
func (c gitlabComponent) include(t testing.TB, inputs map[string]string) (jobs map[string]gitlabJob) {
	t.Helper()
	for name := range inputs {
		if _, ok := c.Spec.Inputs[name]; !ok {
			t.Fatalf("the component has no input %q", name)
		}
	}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(c.job), &document); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	var replace func(*yaml.Node)
	replace = func(n *yaml.Node) {
		n.Value = gitlabInput.ReplaceAllStringFunc(n.Value, func(s string) string {
			name := gitlabInput.FindStringSubmatch(s)[1]
			used[name] = true
			if value, ok := inputs[name]; ok {
				return value
			}
			if c.Spec.Inputs[name].Default == nil {
				t.Fatalf("no value for %s", s)
			}
			return *c.Spec.Inputs[name].Default
		})
		for _, child := range n.Content {
			replace(child)
		}
	}
	replace(&document)
	for name := range c.Spec.Inputs {
		if !used[name] {
			t.Errorf("the job does not use the input %q", name)
		}
	}
	text, err := yaml.Marshal(&document)
	if err != nil {
		t.Fatal(err)
	}
	strict(t, string(text), &jobs)
	return jobs
}

// prepare makes a folder as a runner does that keeps its folders: with a file of an earlier pipeline, if the job does not
// begin with an empty folder, and with what the build jobs hand on.
func (j gitlabJob) prepare(t testing.TB, jobs buildJobs) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if j.Variables["GIT_STRATEGY"] != "empty" {
		placeFile(t, filepath.Join(dir, "metadata-arm.json"), `{"containerimage.digest": "sha256:`+strings.Repeat("0", 64)+`"}`)
	}
	jobs.writeMetadata(t, dir)
	return dir
}

// run runs a job as GitLab does: its variables may contain others, and the lines of its script are one script.
func (j gitlabJob) run(t testing.TB, dir string, env map[string]string) (string, error) {
	t.Helper()
	env = maps.Clone(env)
	for name, value := range j.Variables {
		env[name] = os.Expand(value, func(name string) string { return env[name] })
	}
	script := filepath.Join(t.TempDir(), "script.sh")
	placeFile(t, script, "set -e\n"+strings.Join(j.Script, "\n"))
	return runScript(t, dir, env, "sh", script)
}

// TestGitLabComponent runs the script of the component with the variables of a job of GitLab.
func TestGitLabComponent(t *testing.T) {
	t.Parallel()
	component, host := readComponent(t), startDistribution(t).Host
	for name, test := range map[string]struct {
		inputs map[string]string
		pushed string // tags
		says   string // if it fails
	}{
		"metadata":   {inputs: map[string]string{"sources": "metadata-*.json", "require": "linux/amd64,linux/arm64"}, pushed: "main"},
		"template":   {inputs: map[string]string{"template": "$CI_REGISTRY_IMAGE:1.0-ARCH", "target": "$CI_REGISTRY_IMAGE:2.0", "tags": "latest,3.0", "args": "--strict"}, pushed: "2.0 latest 3.0"},
		"references": {inputs: map[string]string{"sources": "REPO@AMD64 REPO@ARM64", "args": "--wait=1m --attest"}, pushed: "main"},
		"missing":    {inputs: map[string]string{"sources": "REPO@AMD64", "require": "linux/amd64,linux/arm64"}, says: "linux/arm64"},
		"nothing":    {says: "no INPUT given"},
		"no file":    {inputs: map[string]string{"sources": "digest-*.json"}, says: "digest-*.json"},
		"shell":      {inputs: map[string]string{"target": "$(touch pwned)", "sources": "`touch pwned` ;touch pwned"}, says: "touch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jobs := runBuildJobs(t, host, "gitlab/"+strings.ReplaceAll(name, " ", "-"))
			for name, value := range test.inputs {
				test.inputs[name] = jobs.replace(value)
			}
			job := component.include(t, test.inputs)["merge"]
			dir := job.prepare(t, jobs)
			said, err := job.run(t, dir, jobs.gitlabEnv(t))
			if test.says != "" {
				if err == nil || !strings.Contains(said, test.says) {
					t.Errorf("%v, and not %q in:\n%s", err, test.says, said)
				}
				jobs.mustLack(t, "main", "2.0")
				mustBeUntouched(t, dir)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			index := jobs.mustHold(t, strings.Fields(test.pushed)...)
			if got := readText(t, filepath.Join(dir, "merge.env")); got != "IMAGE_DIGEST="+index.Digest+"\n" {
				t.Errorf("merge.env is %q", got)
			}
		})
	}
}

// writeMetadata writes what buildx writes with --metadata-file in each job.
func (b buildJobs) writeMetadata(t testing.TB, dir string) {
	t.Helper()
	for arch, digest := range map[string]string{"amd64": b.Amd64, "arm64": b.Arm64} {
		text := `{"containerimage.digest": "` + digest + `", "image.name": "` + b.Repo + ":1.0-" + arch + `"}`
		placeFile(t, filepath.Join(dir, "metadata-"+arch+".json"), text)
	}
}

// gitlabEnv are variables of a job of GitLab.
func (b buildJobs) gitlabEnv(t testing.TB) map[string]string {
	return map[string]string{
		"CI": "true", "GITLAB_CI": "true", "HOME": t.TempDir(), "PATH": withProgram(t),
		"CI_REGISTRY": b.Host, "CI_REGISTRY_IMAGE": b.Repo, "CI_COMMIT_REF_SLUG": "main",
		"CI_REGISTRY_USER": "gitlab-ci-token", "CI_REGISTRY_PASSWORD": "glcbt-00000000000000000000",
	}
}
