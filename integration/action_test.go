package integration

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

// TestAction runs the steps of action.yml as a runner of GitHub does: they install the program from a server of files,
// and merge on a real registry.
func TestAction(t *testing.T) {
	t.Parallel()
	action, release, host := readAction(t), publishProgram(t), startDistribution(t).Host
	for _, test := range []struct {
		name   string
		with   string // NAME: VALUE; | is the end of a line in a value
		env    string
		files  string // names with their text
		pushed string // tags
		check  func(*testing.T, buildJobs, map[string]string, string)
	}{
		{name: "digests", pushed: "2.0 latest",
			files: "digests/a/AMD64: \ndigests/b/ARM64: ",
			with:  "digests-path: digests\nrequire: linux/amd64,linux/arm64\ntags: |REPO:2.0|REPO:latest|",
			check: func(t *testing.T, jobs buildJobs, outputs map[string]string, _ string) {
				digest := jobs.mustHold(t, "2.0").Digest
				for name, want := range map[string]string{
					"digest": digest, "ref": jobs.Repo + "@" + digest, "media-type": "application/vnd.oci.image.index.v1+json",
					"tags": jobs.Repo + ":2.0\n" + jobs.Repo + ":latest", "images": jobs.Repo + ":2.0," + jobs.Repo + ":latest",
				} {
					if outputs[name] != want {
						t.Errorf("the output %s is %q, and not %q", name, outputs[name], want)
					}
				}
			}},
		{name: "metadata", pushed: "main sha-1",
			files: "digests/AMD64: \ndigests/ARM64: ",
			with:  "digests-path: digests",
			env:   `DOCKER_METADATA_OUTPUT_JSON: {"tags":["REPO:main","REPO:sha-1"]}`},
		{name: "target and tags", pushed: "2.0 latest",
			with: "sources: REPO@AMD64|REPO@ARM64\ntarget: REPO:2.0\ntags: latest"},
		{name: "int128", pushed: "2.0 latest",
			with: "push: true\ntags: REPO:2.0|REPO:latest\nsources: REPO@AMD64|REPO@ARM64\n" +
				"index-annotations: org.opencontainers.image.title=app|org.opencontainers.image.description=a, b; $(touch pwned) \"c\" 'd' *|",
			check: func(t *testing.T, jobs buildJobs, _ map[string]string, _ string) {
				want := map[string]string{
					"org.opencontainers.image.title":       "app",
					"org.opencontainers.image.description": `a, b; $(touch pwned) "c" 'd' *`,
				}
				if got := jobs.mustHold(t, "2.0").Annotations; !maps.Equal(got, want) {
					t.Errorf("annotations %q, and not %q", got, want)
				}
			}},
		{name: "int128 without push", with: "push: false\nsources: REPO:1.0-amd64|REPO:1.0-arm64",
			check: func(t *testing.T, jobs buildJobs, outputs map[string]string, said string) {
				if outputs["digest"] != "" || !strings.Contains(said, jobs.Amd64) {
					t.Errorf("digest %q, and\n%s", outputs["digest"], said)
				}
				jobs.mustLack(t, "latest")
			}},
		{name: "Noelware 0.4", pushed: "2.0 latest",
			with: "inputs: REPO:2.0,REPO:latest\nimages: REPO:1.0-amd64,REPO:1.0-arm64\npush: true\namend: true"},
		{name: "Noelware 0.2", pushed: "2.0",
			with: "base-image: REPO:2.0\nextra-images: REPO:1.0-amd64, REPO:1.0-arm64\npush: true"},
		{name: "Noelware 1", pushed: "2.0 latest",
			with: "inputs: REPO:1.0-amd64,REPO:1.0-arm64\ntags: REPO:2.0,REPO:latest\nannotations: a=b\nfallback: false\nbuilder: x"},
		{name: "template", pushed: "2.0 latest 2",
			with: "template: REPO:1.0-ARCH\nplatforms: linux/amd64,linux/arm64\ntags: REPO:2.0|REPO:latest|2"},
		{name: "template and metadata", pushed: "main sha-1",
			with: "template: REPO:1.0-ARCH\nplatforms: linux/amd64,linux/arm64",
			env:  "DOCKER_METADATA_OUTPUT_TAGS: REPO:main|REPO:sha-1"},
		{name: "spec", pushed: "2.0",
			files: `spec.yaml: {"image": "REPO:2.0", "manifests": [{"image": "REPO:1.0-amd64"}, {"image": "REPO:1.0-arm64"}]}`,
			with:  "spec: spec.yaml\nattest: true"},
		{name: "folder of specs", pushed: "2.0 3.0",
			files: `specs/a.yaml: {"image": "REPO:2.0", "manifests": [{"image": "REPO:1.0-amd64"}, {"image": "REPO:1.0-arm64"}]}` + "\n" +
				`specs/b.yaml: {"image": "REPO:3.0", "manifests": [{"image": "REPO:1.0-amd64"}, {"image": "REPO:1.0-arm64"}]}`,
			with: "spec: specs"},
		{name: "append", pushed: "one two",
			with: "append: true\ntags: REPO:one|REPO:two\nsources: REPO@ARM64"},
		{name: "dry run", with: "dry-run: true\ntags: REPO:2.0\nsources: REPO@AMD64|REPO@ARM64",
			check: func(t *testing.T, jobs buildJobs, _ map[string]string, _ string) { jobs.mustLack(t, "2.0") }},
		{name: "more arguments", pushed: "2.0",
			with: "tags: REPO:2.0\nsources: REPO@AMD64|REPO@ARM64\nextra-args: --wait=1m|--platform-tags|TAG-ARCH"},
		{name: "the release that uses names", pushed: "2.0", with: "version: \ntags: REPO:2.0\nsources: REPO@AMD64|REPO@ARM64"},
		{name: "install only", with: "install-only: true",
			check: func(t *testing.T, _ buildJobs, _ map[string]string, said string) {
				if !strings.Contains(said, "manifest-tool version") {
					t.Errorf("no version in %q", said)
				}
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			jobs := runBuildJobs(t, host, "team/"+strings.ReplaceAll(strings.ToLower(test.name), " ", "-"))
			if test.name == "append" {
				push(t, "from-digests", "--target", jobs.Repo+":one", jobs.Repo+"@"+jobs.Amd64)
			}
			job := newActionJob(t, jobs, release, test.with, test.env, test.files)
			outputs, said, err := job.run(t, action)
			if err != nil {
				t.Fatal(err)
			}
			jobs.mustHold(t, strings.Fields(test.pushed)...)
			if test.check != nil {
				test.check(t, jobs, outputs, said)
			}
			mustBeUntouched(t, job.dir)
		})
	}
}

// TestActionRefuses has inputs with which nothing is pushed: the job fails.
func TestActionRefuses(t *testing.T) {
	t.Parallel()
	action, release := readAction(t), publishProgram(t)
	jobs := runBuildJobs(t, startDistribution(t).Host, "team/app")
	for name, test := range map[string]struct{ with, says string }{
		"nothing":           {"tags: REPO:2.0", "nothing to put together"},
		"an empty output":   {"tags: REPO:2.0\nsources: |", "nothing to put together"},
		"an empty digest":   {"tags: REPO:2.0\nsources: REPO@", "REPO@"},
		"no name":           {"sources: REPO@AMD64", "no name to push to"},
		"no boolean":        {"sources: REPO@AMD64\ntags: REPO:2.0\npush: yes", "push has to be true or false"},
		"an empty push":     {"sources: REPO@AMD64\ntags: REPO:2.0\npush: ", "push is empty"},
		"no name, template": {"template: REPO:1.0-ARCH\nplatforms: linux/amd64", "run docker/metadata-action before"},
		"no platforms":      {"template: REPO:1.0-ARCH\ntags: REPO:2.0", "requires platforms"},
		"two repositories":  {"template: REPO:1.0-ARCH\nplatforms: linux/amd64\ntags: REPO:2.0|REPO-b:2.0", "in one repository"},
		"a backslash":       {`template: REPO:1.0-ARCH` + "\nplatforms: linux/amd64\n" + `tags: REPO:2.0|REPO-b:\n::add-mask::x`, `REPO-b:\n::add-mask::x`},
		"template, sources": {"template: REPO:1.0-ARCH\nplatforms: linux/amd64\ntags: REPO:2.0\nsources: REPO@AMD64", "use template, or"},
		"spec and tags":     {"spec: spec.yaml\ntags: REPO:2.0", "use spec alone"},
		"spec and append":   {"spec: spec.yaml\nappend: true", "use spec, or append"},
		"append a template": {"append: true\ntags: REPO:2.0\nsources: REPO@AMD64\ntemplate: REPO:1.0-ARCH", "takes sources only"},
		"missing platform":  {"sources: REPO@AMD64\ntags: REPO:2.0\nrequire: linux/amd64|linux/arm64", "linux/arm64"},
		"missing image":     {"sources: REPO:1.0-amd64|REPO:1.0-s390x\ntags: REPO:2.0", "1.0-s390x"},
		"a flag as source":  {"sources: --dry-run|REPO@AMD64\ntags: REPO:2.0", "--dry-run"},
		"shell in a source": {"sources: REPO:1.0-amd64;touch pwned|$(touch pwned)|`touch pwned`\ntags: REPO:2.0", "touch pwned"},
		"shell in a tag":    {"sources: REPO@AMD64\ntags: REPO:$(touch pwned)|REPO:2.0", "$(touch pwned)"},
		"shell in a quote":  {"sources: REPO@AMD64\ntags: REPO:2.0\"; touch pwned; \"", "touch pwned"},
		"a pattern":         {"sources: *\ntags: REPO:2.0", `INPUT "*"`},
		"a wrong version":   {"version: main\nsources: REPO@AMD64\ntags: REPO:2.0", `"main" is not a version`},
		"a wrong checksum":  {"checksum: " + strings.Repeat("0", 64) + "\nsources: REPO@AMD64\ntags: REPO:2.0", "Nothing was installed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			job := newActionJob(t, jobs, release, test.with, "", "AMD64: ")
			_, said, err := job.run(t, action)
			if err == nil || !strings.Contains(said, jobs.replace(test.says)) {
				t.Errorf("%v, and not %q in:\n%s", err, test.says, said)
			}
			jobs.mustLack(t, "2.0")
			mustBeUntouched(t, job.dir)
		})
	}
}

// newActionJob makes a workspace with files, and inputs that take the program from a release.
func newActionJob(t testing.TB, jobs buildJobs, r release, with, env, files string) actionJob {
	t.Helper()
	job := actionJob{dir: t.TempDir(), with: map[string]string{"download-url": r.URL, "version": "9.8.7"}}
	maps.Copy(job.with, pairs(jobs, with))
	job.env = pairs(jobs, env)
	for name, text := range pairs(jobs, files) {
		placeFile(t, filepath.Join(job.dir, strings.ReplaceAll(name, "sha256:", "")), text)
	}
	return job
}

// pairs reads lines of NAME: VALUE. The character | ends a line within a value.
func pairs(jobs buildJobs, text string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		found[jobs.replace(strings.TrimSuffix(name, ":"))] = strings.ReplaceAll(jobs.replace(value), "|", "\n")
	}
	return found
}

// mustBeUntouched checks that no input was run as shell code.
func mustBeUntouched(t testing.TB, dir string) {
	t.Helper()
	if found, _ := filepath.Glob(filepath.Join(dir, "*pwned*")); len(found) > 0 {
		t.Errorf("an input was run: %q", found)
	}
}
