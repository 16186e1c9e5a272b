package integration

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGitLabCILocal gives a pipeline that includes the component to gitlab-ci-local, which checks it with GitLab's
// schema, fills in the inputs and runs the jobs. The pipeline is the one of the tutorial, with other build jobs.
func TestGitLabCILocal(t *testing.T) {
	needPipelines(t)
	t.Parallel()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm: not installed") // the other tests of the component need none
	}
	installed(t, "rsync") // gitlab-ci-local runs it
	local := gitlabCILocal(t)
	jobs := runBuildJobs(t, startDistribution(t).Host, "gitlab/app")
	project := t.TempDir()
	placeFile(t, filepath.Join(project, ".gitlab-ci.yml"), strings.Join([]string{
		"stages: [build, merge, after]",
		"build:",
		"  stage: build",
		"  parallel: {matrix: [{ARCH: [amd64, arm64]}]}",
		`  script: ['cp "$METADATA/metadata-$ARCH.json" .']`,
		`  artifacts: {paths: ["metadata-$ARCH.json"]}`,
		"include:",
		"  - local: templates/merge.yml",
		"    inputs:",
		"      stage: merge",
		"      sources: metadata-*.json",
		"      require: linux/amd64,linux/arm64",
		"after:",
		"  stage: after",
		"  needs: [merge]",
		`  script: ['echo "the digest is $IMAGE_DIGEST"']`,
	}, "\n")+"\n")
	placeFile(t, filepath.Join(project, "templates", "merge.yml"), readText(t, "../templates/merge.yml"))
	metadata := t.TempDir()
	jobs.writeMetadata(t, metadata)

	env := jobs.gitlabEnv(t)
	git := maps.Clone(env)
	for _, args := range []string{
		"init -q -b main", "add -A", "-c user.name=a -c user.email=a@example.com commit -qm x",
		"remote add origin git@gitlab.example:gitlab/app.git",
	} {
		if _, err := runScript(t, project, git, append([]string{installed(t, "git")}, strings.Fields(args)...)...); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"node", local, "--force-shell-executor", "--no-color", "--no-timestamps", "--variable", "METADATA=" + metadata}
	for name, value := range env {
		if strings.HasPrefix(name, "CI_") {
			args = append(args, "--variable", name+"="+value)
		}
	}
	said, err := runScript(t, project, env, args...)
	if err != nil {
		t.Fatal(err)
	}
	index := jobs.mustHold(t, "main")
	if !strings.Contains(said, "the digest is "+index.Digest) {
		t.Errorf("a later job does not have IMAGE_DIGEST %s:\n%s", index.Digest, said)
	}
}

// gitlabCILocal installs the version in tools/gitlab-ci-local, without scripts of packages, and returns its path.
func gitlabCILocal(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		placeFile(t, filepath.Join(dir, name), readText(t, filepath.Join("tools", "gitlab-ci-local", name)))
	}
	env := map[string]string{"HOME": os.Getenv("HOME"), "PATH": os.Getenv("PATH")} // HOME has the cache of npm
	if _, err := runScript(t, dir, env, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		unavailable(t, "gitlab-ci-local", err)
	}
	return filepath.Join(dir, "node_modules", "gitlab-ci-local", "src", "index.js")
}
