package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// layouts writes the images of the jobs into OCI layouts, as build tools leave them: DIR/amd64 and DIR/arm64.
func (b buildJobs) layouts(t testing.TB, dir string) {
	t.Helper()
	for _, arch := range []string{"amd64", "arm64"} {
		env := []string{"HOME=" + t.TempDir()}
		if _, err := command(t, env, binary(t), "copy", b.Repo+":1.0-"+arch, "oci-layout:"+filepath.Join(dir, arch)); err != nil {
			t.Fatal(err)
		}
	}
}

// archives writes the images of the jobs as docker save does, DIR/amd64/image.tar and DIR/arm64/image.tar. Their layers
// have other bytes than on the registry.
func (b buildJobs) archives(t testing.TB, dir string) {
	t.Helper()
	program, env := installed(t, "skopeo"), containersEnv(t)
	for _, arch := range []string{"amd64", "arm64"} {
		if err := os.MkdirAll(filepath.Join(dir, arch), 0o755); err != nil {
			t.Fatal(err)
		}
		to := "docker-archive:" + filepath.Join(dir, arch, "image.tar") + ":app:" + arch
		if _, err := command(t, env, program, "--override-arch", arch, "copy", "--src-tls-verify=false", "docker://"+b.Repo+":1.0-"+arch, to); err != nil {
			t.Fatal(err)
		}
	}
}

// mustHoldTwo checks that a tag holds two images.
func (b buildJobs) mustHoldTwo(t testing.TB, tag string) {
	t.Helper()
	if index, _ := b.index(t, tag); len(index.Manifests) != 2 {
		t.Errorf("%s:%s holds %+v", b.Repo, tag, index.Manifests)
	}
}

// A concourseTask is a task of Concourse (https://concourse-ci.org/docs/tasks/), as far as we use it.
type concourseTask struct {
	Platform      string
	ImageResource struct {
		Type   string
		Source struct{ Repository, Tag string }
	} `yaml:"image_resource"`
	Inputs, Outputs []struct{ Name string }
	Params          map[string]string
	Run             struct {
		Path string
		Args []string
	}
}

// TestConcourseTask runs the task in a folder with its inputs.
func TestConcourseTask(t *testing.T) {
	t.Parallel()
	var task concourseTask
	unmarshalFile(t, "../pipelines/concourse/task.yml", &task)
	jobs := runBuildJobs(t, startDistribution(t).Host, "concourse/app")
	run := func(t *testing.T, dir string, params map[string]string) (string, error) {
		for _, output := range task.Outputs {
			if err := os.MkdirAll(filepath.Join(dir, output.Name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		env := map[string]string{"PATH": withProgram(t), "HOME": t.TempDir()}
		for name, value := range task.Params {
			if value != "" {
				env[name] = value
			}
		}
		for name, value := range params {
			if _, ok := task.Params[name]; !ok {
				t.Fatalf("the task has no %s", name)
			}
			env[name] = value
		}
		return runScript(t, dir, env, append([]string{task.Run.Path}, task.Run.Args...)...)
	}
	t.Run("archives", func(t *testing.T) {
		dir := t.TempDir()
		jobs.archives(t, dir)
		if _, err := run(t, dir, map[string]string{"TARGET": jobs.Repo + ":archives", "USERNAME": "ci", "PASSWORD": "secret of ci"}); err != nil {
			t.Fatal(err)
		}
		jobs.mustHoldTwo(t, "archives")
	})
	t.Run("layouts", func(t *testing.T) {
		dir := t.TempDir()
		jobs.layouts(t, dir)
		if _, err := run(t, dir, map[string]string{"TARGET": jobs.Repo + ":layouts", "SOURCES": "oci-layout:amd64 oci-layout:arm64"}); err != nil {
			t.Fatal(err)
		}
		if got, want := readText(t, filepath.Join(dir, "merged", "digest")), jobs.mustHold(t, "layouts").Digest; got != want {
			t.Errorf("merged/digest is %q, and not %q", got, want)
		}
		said, err := run(t, dir, map[string]string{"TARGET": jobs.Repo + ":fails", "SOURCES": "oci-layout:amd64"})
		if err == nil || !strings.Contains(said, "linux/arm64") {
			t.Errorf("%v: %s", err, said)
		}
		jobs.mustLack(t, "fails")
	})
}

// A pluginStep is a step of Drone or Woodpecker.
type pluginStep struct {
	Name, Image string
	Settings    map[string]any
}

// A pluginPipeline is a document of Drone or Woodpecker, as far as we use it.
type pluginPipeline struct {
	Kind, Type, Name string
	Platform         struct{ OS, Arch string }
	DependsOn        []string `yaml:"depends_on"`
	Steps            []pluginStep
}

// TestPlugin runs the entry point of the image with the settings of the examples for Drone and Woodpecker, as these hand
// them to plugins.
func TestPlugin(t *testing.T) {
	t.Parallel()
	host := startDistribution(t).Host
	for name, file := range map[string]string{"woodpecker": "../examples/ci/woodpecker.yml", "drone": "../examples/ci/drone.yml"} {
		t.Run(name, func(t *testing.T) {
			jobs := runBuildJobs(t, host, name+"/app")
			text := strings.NewReplacer("registry.example/acme/app", jobs.Repo,
				"${CI_COMMIT_SHA}", "1.0", "${DRONE_COMMIT_SHA}", "1.0").Replace(readText(t, file))
			documents := strings.Split(text, "\n---\n")
			var pipeline pluginPipeline
			for _, document := range documents {
				pipeline = pluginPipeline{}
				strict(t, document, &pipeline)
			}
			step := pipeline.Steps[len(pipeline.Steps)-1]
			env := map[string]string{"HOME": t.TempDir(), "CI": name, "DRONE_BRANCH": "main", "DRONE_REPO_BRANCH": "main"}
			for setting, value := range step.Settings {
				env["PLUGIN_"+strings.ToUpper(setting)] = pluginSetting(value)
			}
			if said, err := runScript(t, t.TempDir(), env, binary(t)); err != nil || strings.Contains(said, "secret of ci") {
				t.Fatalf("%v: %s", err, said)
			}
			target := step.Settings["target"].(string)
			jobs.mustHold(t, target[strings.LastIndex(target, ":")+1:])
			if step.Settings["tags"] != nil {
				jobs.mustHold(t, "latest")
			}
		})
	}
}

// pluginSetting is the variable of a setting: lists have commas between their items.
func pluginSetting(value any) string {
	switch value := value.(type) {
	case []any:
		var items []string
		for _, item := range value {
			items = append(items, fmt.Sprint(item))
		}
		return strings.Join(items, ",")
	case map[string]any: // from_secret
		return "secret of ci"
	}
	return fmt.Sprint(value)
}

// TestNix evaluates pipelines/nix/merge.nix with the functions of nixpkgs that it uses, and runs the program that it makes.
func TestNix(t *testing.T) {
	t.Parallel()
	nix := installed(t, "nix-instantiate")
	jobs := runBuildJobs(t, startDistribution(t).Host, "nix/app")
	dir := t.TempDir()
	jobs.archives(t, dir)
	var images []string
	for _, arch := range []string{"amd64", "arm64"} { // the images of dockerTools are compressed archives
		if _, err := command(t, nil, installed(t, "gzip"), filepath.Join(dir, arch, "image.tar")); err != nil {
			t.Fatal(err)
		}
		images = append(images, filepath.Join(dir, arch, "image.tar.gz"))
	}
	options := map[string]any{"target": jobs.Repo + ":1", "images": images, "tags": []string{"latest"}, "flags": []string{"--require=linux/amd64,linux/arm64"}}
	systems := map[string]string{"x86_64-linux": images[0], "aarch64-linux": images[1]}
	env := map[string]string{"HOME": t.TempDir(), "PATH": systemPath(), "NIX_STORE_DIR": t.TempDir(), "NIX_STATE_DIR": t.TempDir(), "NIX_LOG_DIR": t.TempDir()}
	said, err := runScript(t, ".", env, nix, "--eval", "--strict", "--json", "testdata/nix.nix", "--argstr", "root", repositoryRoot(t),
		"--argstr", "options", string(encode(t, options)), "--argstr", "images", string(encode(t, systems)))
	if err != nil {
		t.Fatal(err)
	}
	var programs map[string]string
	if err := json.Unmarshal([]byte(said[strings.Index(said, "{"):]), &programs); err != nil || len(programs) != 2 {
		t.Fatalf("%v in %s", err, said)
	}
	env["PATH"] = withProgram(t)
	for name, text := range programs {
		text, spec, _ := strings.Cut(strings.TrimSpace(text), "@SPEC@")
		placeFile(t, filepath.Join(dir, name+".json"), strings.ReplaceAll(spec, "registry.example/acme/app:1.0", jobs.Repo+":2"))
		placeFile(t, filepath.Join(dir, name), "#!/bin/sh\nset -eu\n"+text+name+".json\n")
		if _, err := runScript(t, dir, env, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	jobs.mustHoldTwo(t, "1")
	jobs.mustHoldTwo(t, "latest")
	jobs.mustHoldTwo(t, "2") // of the example
}

// TestBazel checks the rule with buildifier, and runs the script that it writes in a folder with OCI layouts.
func TestBazel(t *testing.T) {
	t.Parallel()
	buildifier, python := tool(t, "buildifier"), installed(t, "python3")
	if _, err := runScript(t, "..", nil, buildifier, "-mode=check", "-lint=warn", "pipelines/bazel/defs.bzl", "examples/bazel/BUILD.bazel"); err != nil {
		t.Error(err)
	}
	jobs := runBuildJobs(t, startDistribution(t).Host, "bazel/app")
	runfiles := t.TempDir()
	jobs.layouts(t, filepath.Join(runfiles, "app", "images"))
	said, err := runScript(t, ".", nil, python, "testdata/bazel.py", "../pipelines/bazel/defs.bzl", jobs.Repo+":1", "app/images/amd64", "app/images/arm64")
	if err != nil {
		t.Fatal(err)
	}
	placeFile(t, filepath.Join(runfiles, "push.sh"), said)
	env := map[string]string{"HOME": t.TempDir(), "PATH": withProgram(t)}
	if _, err := runScript(t, runfiles, env, filepath.Join(runfiles, "push.sh")); err != nil {
		t.Fatal(err)
	}
	jobs.mustHold(t, "1")
}
