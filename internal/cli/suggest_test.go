package cli

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/run"
)

// suggestionFor parses a command line that is wrong, and returns its error.
func suggestionFor(t *testing.T, line string) string {
	t.Helper()
	p := newProgram(run.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard})
	_, err := p.do(t.Context(), strings.Fields("manifest-tool "+line))
	if err == nil {
		t.Fatalf("%s: no error", line)
	}
	return err.Error()
}

func TestSuggestions(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile(filepath.Join(dir, "spec.yaml"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		// singular, plural, and other commands' flags
		"push from-args --platform linux/amd64 --template x --target y": "--platform is no flag of manifest-tool push from-args, did you mean --platforms?",
		"push from-args --tag 1 --template x --target y":                "--tag is no flag of manifest-tool push from-args, did you mean --tags?",
		"push from-digests --tag 1 x":                                   "did you mean --tags?",
		"copy a b --tag 1":                                              "did you mean --tags?",
		"copy a b --platform linux/amd64":                               "did you mean --platforms?",
		"inspect --platforms linux/amd64 a":                             "did you mean --platform?",
		"edit a --platform linux/amd64":                                 "did you mean --remove PLATFORM, or --add SOURCE,platform=PLATFORM?",
		"edit a --tags 1":                                               "did you mean --tag?",
		"push from-args --annotate a=b":                                 "did you mean --annotation?",
		"push from-args --target x --templates y":                       "did you mean --template?",
		"push from-args --ignore_missing":                               "unknown flag --ignore_missing, did you mean --ignore-missing?",
		"push from-args --image x":                                      "did you mean --template?",
		"push from-args --tgt x":                                        "unknown flag --tgt, did you mean --target?",
		// a misspelt command, whose flags are not those of the command above
		"push from-arg --platforms linux/amd64 --template x --target y": `unknown command "from-arg", did you mean from-args?`,
		"push --platforms linux/amd64 form-args":                        `unknown command "form-args", did you mean from-args?`,
		"push from-digest --repo a x":                                   `unknown command "from-digest", did you mean from-digests?`,
		"push app:1.0 --platforms linux/amd64":                          "--platforms is no flag of manifest-tool push",
		// formats
		"push from-args --json":                "unknown flag --json, did you mean --output json?",
		"inspect a --json":                     "unknown flag --json, did you mean --format json?",
		"--json inspect a":                     "unknown flag --json, did you mean --format json?",
		"auth explain --json a":                "did you mean --output json?",
		"inspect a --output json":              "did you mean --format?",
		"copy a b --format json":               "did you mean --output json?",
		"inspect a --verbose":                  "did you mean --debug, or --format json for inspect?",
		"copy a b --verbose":                   "did you mean --debug?",
		"push from-args -t x":                  "unknown flag -t, did you mean --target?",
		"push from-digests -t x y":             "unknown flag -t, did you mean --target?",
		"edit a -t x":                          "did you mean --tag?",
		"create a b -t c":                      "unknown flag -t: the first argument, LIST, is the name to push to",
		"copy -t b a":                          "unknown flag -t: the arguments behind SOURCE are the targets",
		"push from-spec spec.yaml --target a":  "--target is no flag of manifest-tool push from-spec: the image key of the spec is the target",
		"push -f spec.yaml":                    "unknown flag -f, did you mean push from-spec FILE?",
		"push spec.yaml":                       "push the spec with push from-spec spec.yaml",
		"spec.yaml":                            "did you mean push from-spec spec.yaml?",
		"registry.example/app:1.0":             "did you mean inspect registry.example/app:1.0?",
		"push from-args --registry-config x":   "did you mean --docker-cfg?",
		"auth login --pass-stdin ghcr.io":      "did you mean --password-stdin?",
		"auth login -u x -p y ghcr.io":         "did you mean --password-stdin?",
		"auth login --get-login ghcr.io":       "did you mean auth ls?",
		"copy a b --src-tls-verify=false":      "did you mean --insecure-registry HOST?",
		"copy a b --dest-creds=a:b":            "did you mean --creds HOST=USER:PASSWORD?",
		"copy --all a b":                       "--all is no flag of manifest-tool copy: copy takes all platforms, and with --all-tags all tags",
		"copy --preserve-digests a b":          "unknown flag --preserve-digests: a copy always keeps the digests",
		"push from-args --provenance":          "did you mean --attest?",
		"push from-args --digestfile x":        "did you mean --digest-file?",
		"manifest push --rm x":                 "did you mean --purge?",
		"create --append x y":                  "did you mean --amend for a draft, or edit IMAGE --add SOURCE?",
		"push from-spec --to-oci spec.yaml":    "unknown flag --to-oci, did you mean --type oci?",
		"--to-docker push from-spec spec.yaml": "unknown flag --to-docker, did you mean --type docker?",
		"inspect --to-oci a":                   "unknown flag --to-oci: see --help",
		"inspect --tls-verify=false a":         "did you mean --insecure?",
		"inspect --frobnicate a":               "unknown flag --frobnicate: see --help",
		"inspect -z a":                         "unknown flag -z: see --help",
		"edit a --template x":                  "--template is no flag of manifest-tool edit",
		"edit a --delete linux/amd64":          "did you mean --remove?",
		"edit a --append b":                    "did you mean --add?",
		"edit a --rm linux/amd64":              "did you mean --remove?",
		"push from-args --concurrency 4":       "did you mean --jobs?",
		"inspect -k a":                         "did you mean --insecure?",
		// commands of this tool's own words
		"pusj":                            `unknown command "pusj", did you mean push?`,
		"push from-spce x":                `unknown command "from-spce", did you mean from-spec?`,
		"frobnicate":                      `unknown command "frobnicate": the commands are push, edit,`,
		"add a b":                         "did you mean edit IMAGE --add SOURCE?",
		"append a b":                      "did you mean edit IMAGE --add SOURCE?",
		"delete a linux/amd64":            "did you mean edit IMAGE --remove PLATFORM?",
		"remove a":                        "did you mean edit IMAGE --remove PLATFORM?",
		"retag a b":                       "did you mean tag SOURCE NAME?",
		"cp a b":                          "did you mean copy SOURCE TARGET?",
		"login registry.example":          "did you mean auth login HOST?",
		"logout registry.example":         "did you mean auth logout HOST?",
		"registry login registry.example": "did you mean auth login HOST?",
		"auth list":                       "did you mean auth ls?",
		"list":                            "did you mean ls REPOSITORY for the tags, ls for the drafts, or inspect IMAGE?",
		"show a":                          "did you mean inspect IMAGE?",
		"tag ls a":                        "did you mean manifest-tool ls REPOSITORY?",
		// the words of peers
		"imagetools create -t a b c":      `unknown command "imagetools", did you mean create LIST IMAGE... --push?`,
		"imagetools inspect a":            "did you mean inspect IMAGE?",
		"buildx imagetools create a":      "did you mean create LIST IMAGE... --push?",
		"index create a --ref b":          "did you mean create LIST IMAGE... --push?",
		"index add a --ref b":             "did you mean edit IMAGE --add SOURCE?",
		"index append a -m b":             "did you mean edit IMAGE --add SOURCE?",
		"index filter a":                  "did you mean copy SOURCE TARGET --platforms LIST?",
		"image copy a b":                  "did you mean copy SOURCE TARGET?",
		"image frobnicate":                "did you mean copy SOURCE TARGET, edit IMAGE or inspect IMAGE?",
		"manifest add a b":                "did you mean create --amend LIST IMAGE for a draft, or edit IMAGE --add SOURCE?",
		"manifest remove a b":             "did you mean edit IMAGE --remove PLATFORM?",
		"manifest index create a b":       "did you mean create LIST IMAGE... --push?",
		"manifest fetch a":                "did you mean inspect IMAGE --format raw?",
		"manifest registry.example/app:1": "did you mean manifest inspect registry.example/app:1?",
		"resolve a":                       "did you mean digest IMAGE?",
		"sync a b":                        "did you mean copy --all-tags SOURCE TARGET?",
		"filter a":                        "did you mean copy SOURCE TARGET --platforms LIST?",
	} {
		if got := suggestionFor(t, line); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	for _, far := range []string{"inspect --frobnicate a", "edit a --template x", "copy --wait-for-me a b", "inspect --insert a"} {
		if got := suggestionFor(t, far); strings.Contains(got, "did you mean") {
			t.Errorf("%s: %q", far, got)
		}
	}
}

// What is suggested exists: the commands, and the flags that each command has.
func TestSuggestedWordsExist(t *testing.T) {
	app := newApp(newProgram(run.Env{Stdout: io.Discard, Stderr: io.Discard}))
	known := valueFlags(app)
	for word, text := range peerCommands {
		first, _, _ := strings.Cut(text, " ")
		if app.Command(first) == nil && first != "docker" {
			t.Errorf("%s: there is no command %s", word, first)
		}
		for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,", r) }) {
			if flag, ok := strings.CutPrefix(part, "--"); ok && app.Command(first) != nil && !hasNamed(app.Command(first).Flags, flag) && !hasNamed(app.Command("edit").Flags, flag) {
				t.Errorf("%s: %s has no flag %s", word, first, part)
			}
		}
	}
	for name, words := range peerFlags {
		for _, word := range words {
			for _, part := range strings.FieldsFunc(word.text, func(r rune) bool { return strings.ContainsRune(" ,", r) }) {
				if flag, ok := strings.CutPrefix(part, "--"); ok {
					if _, ok := known[flag]; !ok {
						t.Errorf("--%s: there is no flag %s", name, part)
					}
				}
			}
		}
	}
}

func hasNamed(flags []cli.Flag, name string) bool {
	return slices.ContainsFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
}
