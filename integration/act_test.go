package integration

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestAct has act run a workflow with the action: another program than our tests reads action.yml, gives the steps their
// inputs, and PATH and outputs to the next step. act also hands on the outputs of steps within an action under their own
// names; TestAction checks those of the action.
func TestAct(t *testing.T) {
	needPipelines(t)
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("act runs the steps on this machine, as a runner with Linux")
	}
	program, release := tool(t, "act"), publishProgram(t)
	jobs := runBuildJobs(t, startDistribution(t).Host, "act/app")
	project := t.TempDir()
	for _, file := range []string{"action.yml", "pipelines/github/install.sh", "pipelines/github/merge.sh"} {
		placeFile(t, filepath.Join(project, file), readText(t, filepath.Join("..", file)))
	}
	placeFile(t, filepath.Join(project, ".github", "workflows", "image.yml"), jobs.replace(strings.Join([]string{
		"on: push",
		"jobs:",
		"  merge:",
		"    runs-on: ubuntu-latest",
		"    steps:",
		"      - uses: actions/checkout@v4", // act copies the project, and downloads nothing
		"      - id: image",
		"        uses: ./",
		"        with:",
		"          version: 9.8.7",
		"          download-url: " + release.URL,
		"          require: linux/amd64,linux/arm64",
		"          tags: |",
		"            REPO:1.0",
		"            REPO:latest",
		"          sources: |",
		"            REPO:1.0-amd64",
		"            REPO:1.0-arm64",
		"      - run: manifest-tool --version && echo \"the digest is $DIGEST and the names are\" $TAGS.",
		"        env:",
		"          DIGEST: ${{ steps.image.outputs.digest }}",
		"          TAGS: ${{ steps.image.outputs.tags }}",
	}, "\n"))+"\n")
	env := map[string]string{"HOME": t.TempDir(), "PATH": systemPath(), "DOCKER_HOST": "unix:///nonexistent.sock"}
	for _, args := range []string{"init -q -b main", "add -A", "-c user.name=a -c user.email=a@example.com commit -qm x"} {
		if _, err := runScript(t, project, env, append([]string{installed(t, "git")}, strings.Fields(args)...)...); err != nil {
			t.Fatal(err)
		}
	}
	said, err := runScript(t, project, env, program, "push", "--platform", "ubuntu-latest=-self-hosted", "--directory", project)
	if err != nil {
		t.Fatal(err)
	}
	digest := jobs.mustHold(t, "1.0", "latest").Digest
	for _, want := range []string{"manifest-tool version", jobs.replace("the digest is " + digest + " and the names are REPO:1.0 REPO:latest.")} {
		if !strings.Contains(said, want) {
			t.Errorf("the next step does not print %q:\n%s", want, said)
		}
	}
	if _, err := os.Stat(filepath.Join(project, "manifest-tool")); err == nil {
		t.Error("the program is in the workspace")
	}
}

// needPipelines skips a test whose program takes long to build or to install.
func needPipelines(t *testing.T) {
	t.Helper()
	if os.Getenv("MANIFEST_TOOL_PIPELINES") == "" {
		t.Skip("make test-pipelines runs this test: its program takes minutes to build or to install")
	}
}
