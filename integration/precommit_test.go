package integration

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A preCommitHook is a hook in .pre-commit-hooks.yaml (https://pre-commit.com/#new-hooks).
type preCommitHook struct {
	ID, Name, Description, Entry, Language, Files string
	TypesOr                                       []string `yaml:"types_or"`
}

func readHooks(t testing.TB) (hooks []preCommitHook) {
	t.Helper()
	unmarshalFile(t, "../.pre-commit-hooks.yaml", &hooks)
	return hooks
}

// TestPreCommitFiles has names of files that the hooks check, and others.
func TestPreCommitFiles(t *testing.T) {
	t.Parallel()
	for _, hook := range readHooks(t) {
		files := regexp.MustCompile(hook.Files)
		for _, name := range []string{"manifest-tool.yaml", "images/manifest-tool.yml", "app.manifest-tool.json", "manifest-tool-app.yaml"} {
			if !files.MatchString(name) {
				t.Errorf("%s does not check %s", hook.ID, name)
			}
		}
		for _, name := range []string{"deployment.yaml", "cmd/manifest-tool/config.yaml", "manifest-tools.yaml", "xmanifest-tool.yaml", "manifest-tool.md"} {
			if files.MatchString(name) {
				t.Errorf("%s checks %s", hook.ID, name)
			}
		}
	}
}

// TestPreCommit gives the hooks to pre-commit, which checks them, and runs the one for a program on PATH in a repository
// with a right spec and a wrong one.
func TestPreCommit(t *testing.T) {
	t.Parallel()
	program := installed(t, "pre-commit")
	home := t.TempDir()
	env := map[string]string{"HOME": home, "PATH": withProgram(t), "PRE_COMMIT_HOME": filepath.Join(home, "cache"), "LC_ALL": "C.UTF-8"}
	if _, err := runScript(t, "..", env, program, "validate-manifest", ".pre-commit-hooks.yaml"); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, nil, binary(t), "spec", "lint", "--help"); err != nil {
		t.Skip("manifest-tool spec lint: not in the program yet")
	}
	hooks := readHooks(t)
	i := slices.IndexFunc(hooks, func(h preCommitHook) bool { return h.Language == "system" })
	hook := hooks[i]
	repository := t.TempDir()
	placeFile(t, filepath.Join(repository, ".pre-commit-config.yaml"), strings.Join([]string{
		"repos:", "  - repo: local", "    hooks:", "      - id: " + hook.ID, "        name: " + hook.ID, "        entry: " + hook.Entry,
		"        language: system", "        files: '" + hook.Files + "'",
	}, "\n")+"\n")
	placeFile(t, filepath.Join(repository, "manifest-tool.yaml"), "image: registry.example/app:1.0\nmanifests:\n  - image: registry.example/app:1.0-amd64\n    platform: linux/amd64\n  - image: registry.example/app:1.0-arm64\n    platform: linux/arm64\n")
	placeFile(t, filepath.Join(repository, "deployment.yaml"), "kind: Deployment\n")
	git := func(args string) {
		if _, err := runScript(t, repository, env, append([]string{installed(t, "git")}, strings.Fields(args)...)...); err != nil {
			t.Fatal(err)
		}
	}
	git("init -q")
	git("add -A")
	if said, err := runScript(t, repository, env, program, "run", "--all-files"); err != nil || !strings.Contains(said, "Passed") {
		t.Errorf("%v: %s", err, said)
	}
	placeFile(t, filepath.Join(repository, "manifest-tool.yaml"), "image: registry.example/App:1.0\nmanifests: []\n")
	git("add -A")
	if said, err := runScript(t, repository, env, program, "run", "--all-files"); err == nil || !strings.Contains(said, "manifest-tool.yaml:1:") {
		t.Errorf("%v: %s", err, said)
	}
}
