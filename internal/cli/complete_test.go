package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
)

// completeIn completes the last of some words, and returns the lines of the answer. The words get a folder of drafts.
func completeIn(t *testing.T, state string, words ...string) []string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Environ: []string{"XDG_STATE_HOME=" + state, "HOME=" + state}}
	if code := Execute(t.Context(), append([]string{"manifest-tool", completeCommand}, words...), env); code != 0 || stderr.Len() > 0 {
		t.Errorf("%q: exit code %d, stderr %q", words, code, stderr.String())
	}
	return strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
}

// wordsOf are the lines without the help.
func wordsOf(lines []string) []string {
	var all []string
	for _, line := range lines {
		word, _, _ := strings.Cut(line, "\t")
		all = append(all, word)
	}
	return all
}

func TestComplete(t *testing.T) {
	state := stateWithDrafts(t)
	for _, c := range []struct {
		line string // the last word may be empty
		want string // all words, or with ... the first of them
	}{
		{"pu", "push"},
		{"pro", "promote"},
		{"cop", "copy"},
		{"--debug inspe", "inspect"},
		{"nonsense ", ""},
		{"plan ", "push create edit copy split tag"},
		{"plan push f", "from-spec from-args from-digests"},
		{"help pus", "push"},
		{"help p", "push plan platforms"},
		{"help push f", "from-spec from-args from-digests"},
		{"push help ", "from-spec from-args from-digests"},
		{"vers", "version"},
		{"push from-", "from-spec from-args from-digests"},
		{"auth ", "login logout ls explain"},
		{"manifest ", "create annotate inspect push rm ls"},
		{"completion ", "bash zsh fish powershell"},
		{"completion bash ", ""},

		// flags: anywhere, with one hyphen too, and once unless they repeat
		{"push --typ", "--type"},
		{"push -typ", "-type"},
		{"push registry.example/a:1 --typ", "--type"},
		{"--typ", ""},
		{"push --type oci --ty", ""},
		{"push --type=oci --ty", ""},
		{"push -type oci --ty", ""},
		{"push -p --pu", ""},
		{"push --dry-run --dry", ""},
		{"push --annotation a=b --annotation", "--annotation --annotations"},
		{"push --versio", ""},
		{"--versio", "--version"},
		{"push --hel", "--help"},
		{"push -- --typ", ""},
		{"push from-args ", "--platforms --template --type ..."},
		{"manifest ls ", "--drafts ..."},
		{"ls ", ":nospace oci-layout: ..."},
		{"tag ", ":nospace oci-layout: ..."},
		{"digest a ", ":nospace oci-layout: ..."},

		// values
		{"push --type ", "auto docker oci"},
		{"push --type d", "docker"},
		{"push --type=", "--type=auto --type=docker --type=oci"},
		{"push -type=o", "-type=oci"},
		{"inspect --format r", "raw"},
		{"push --format=", ""}, // no flag of push
		{"--type=", ""},
		{"push --progress ", "auto plain none"},
		{"push --attestations d", "drop"},
		{"copy --attestations ", ""},
		{"push --compress ", "gzip"},
		{"push --output j", "json jsonl"},
		{"edit --output", "--output"},
		{"auth explain --output j", "json"},
		{"push from-spec --template-engine ", "drone"},
		{"push --jobs ", ""},
		{"push --no-such-flag ", "from-spec from-args from-digests ..."},

		// platforms
		{"push from-args --platforms ", ":nospace linux/amd64 linux/arm64 ..."},
		{"push from-args --platforms a", ":nospace auto aix/ppc64 ..."},
		{"copy --platforms au", ":nospace"},
		{"push from-args --platforms windows/a", ":nospace windows/amd64 windows/arm64 windows/amd64/v2 ..."},
		{"push from-args --platforms=linux/amd64,linux/arm/v", ":nospace --platforms=linux/amd64,linux/arm/v7 --platforms=linux/amd64,linux/arm/v6 --platforms=linux/amd64,linux/arm/v5"},
		{"push --require linux/arm64,linux/arm6", ":nospace linux/arm64,linux/arm64/v8 linux/arm64,linux/arm64/v9"},
		{"inspect --platform linux/s", "linux/s390x"},
		{"edit --remove freebsd/r", ":nospace freebsd/riscv64"},
		{"edit --set-platform linux/s", ":nospace linux/s390x="},
		{"edit --set-platform linux/s390x=linux/ri", ":nospace linux/s390x=linux/riscv64"},
		{"edit --add ", ":nospace oci-layout: oci-archive: docker-archive:"},
		{"edit --add oci-layout:a", ":dirs"},
		{"edit --add a,", ":nospace a,platform="},
		{"edit --add a,platform=linux/s", "a,platform=linux/s390x"},
		{"push --arch-names arm/", ":nospace arm/v7= arm/v6= arm/v5="},
		{"push --arch-names amd64=x86_", ":nospace amd64=x86_64"},
		{"annotate a b --os wi", "windows"},
		{"annotate a b --arch pp", "ppc64 ppc64le"},
		{"annotate a b --arch aarch64 --variant ", "v8 v9"},

		// files
		{"push from-spec ", ":files"},
		{"push from-spec a ", ":files"},
		{"push from-digests a ", ":files"},
		{"push --ca-file ", ":files"},
		{"push --ca-file=x", ":files"},
		{"push --drafts ", ":dirs"},
		{"inspect docker-archive:x", ":files"},

		// drafts and their images
		{"push ", "from-spec from-args from-digests docker.io/library/alpine:latest registry.example/app:1.0 registry.example/bad:1.0"},
		{"push registry", "registry.example/app:1.0 registry.example/bad:1.0"},
		{"manifest push registry", "registry.example/app:1.0 registry.example/bad:1.0"},
		{"push registry.example/app:1.0 ", ""},
		{"push al", "alpine:latest"},
		{"push library/al", "library/alpine:latest"},
		{"push docker.io/l", "docker.io/library/alpine:latest"},
		{"rm registry.example/app:1.0 reg", "registry.example/bad:1.0"},
		{"create reg", "registry.example/app:1.0 registry.example/bad:1.0"},
		{"verify draft:reg", "draft:registry.example/app:1.0 draft:registry.example/bad:1.0"},
		{"verify draft:registry.example/app:1.0 draft:registry.example/b", "draft:registry.example/bad:1.0"},
		{"verify oci-l", ":nospace :files oci-layout:"},
		{"verify --output s", "sarif"},
		{"verify --repair-from oci-l", ":nospace oci-layout:"},
		{"verify --exact linux/s", ":nospace linux/s390x"},
		{"inspect reg", "registry.example/app:1.0 registry.example/bad:1.0"},
		{"inspect registry.example/app:1.0 reg", "registry.example/bad:1.0"},
		{"diff ", ":nospace :files oci-layout: oci-archive: docker-archive: draft:"},
		{"diff a:1 draft:reg", "draft:registry.example/app:1.0 draft:registry.example/bad:1.0"},
		{"diff a:1 b:1 ", ""},
		{"diff a:1 --platforms linux/amd64,linux/s", ":nospace linux/amd64,linux/s390x"},
		{"outdated a:1 b:1 oci-", ":nospace :files oci-layout: oci-archive:"},
		{"annotate registry.example/app:1.0 ", "registry.example/app:1.0-amd64 docker.io/library/app:arm"},
		{"annotate registry.example/app:1.0 a", "app:arm"},
		{"annotate --os linux registry.example/app:1.0 --arch arm r", "registry.example/app:1.0-amd64"},
		{"manifest inspect registry.example/app:1.0 r", "registry.example/app:1.0-amd64"},
		{"annotate registry.example/bad:1.0 ", ""},
		{"annotate registry.example/none:1.0 ", ""},
		{"annotate ::: ", ""},
		{"push --drafts /nowhere reg", ""},
		{"push --drafts ~/manifest-tool/drafts reg", "registry.example/app:1.0 registry.example/bad:1.0"},
		{"push reg --drafts=/nowhere reg", ""},
	} {
		got := wordsOf(completeIn(t, state, strings.Split(c.line, " ")...))
		want, isStart := strings.CutSuffix(c.want, " ...")
		if words := strings.Split(want, " "); isStart && len(got) > len(words) {
			got = got[:len(words)]
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s\n got %s\nwant %s", c.line, strings.Join(got, " "), c.want)
		}
	}
}

// stateWithDrafts makes a folder with three drafts, one of which is no spec.
func stateWithDrafts(t *testing.T) string {
	t.Helper()
	state := t.TempDir()
	dir := filepath.Join(state, "manifest-tool", "drafts")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"registry.example+app=1.0": "image: registry.example/app:1.0\nmanifests:\n" +
			"- {image: registry.example/app:1.0-amd64, platform: {os: linux, architecture: amd64}}\n" +
			"- {image: app:arm, platform: {os: linux, architecture: arm, variant: v7}}\n",
		"registry.example+bad=1.0":        "- nothing",
		"docker.io+library+alpine=latest": "image: alpine\nmanifests:\n- {image: alpine:a, platform: {os: linux, architecture: amd64}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return state
}

func TestCompleteHelp(t *testing.T) {
	state := stateWithDrafts(t)
	for _, c := range []struct{ line, want string }{
		{"push from-spec --ca-file=x", ":files\t--ca-file="},
		{"inspect oci-layout:x", ":dirs\toci-layout:"},
		{"annotate registry.example/app:1.0 r", "registry.example/app:1.0-amd64\tlinux/amd64"},
		{"push reg", "registry.example/app:1.0\tdraft"},
		{"inspec", "inspect\tshow the platforms, layers and digests of an image"},
	} {
		if got := completeIn(t, state, strings.Split(c.line, " ")...); got[0] != c.want {
			t.Errorf("%s: got %q, want %q", c.line, got[0], c.want)
		}
	}
	for _, line := range completeIn(t, state, "push", "--") {
		if strings.ContainsAny(line, "`\r") || strings.Count(line, "\t") != 1 {
			t.Errorf("a line for no shell: %q", line)
		}
	}
	// Windows PowerShell passes no empty word.
	if got := wordsOf(completeIn(t, state, "push", "--type", "=")); !slices.Equal(got, []string{"auto", "docker", "oci"}) {
		t.Errorf("the word =: %q", got)
	}
	if got := wordsOf(completeIn(t, state)); !slices.Contains(got, "push") {
		t.Errorf("no word: %q", got)
	}
}

// TestCompleteAll looks for flags and arguments that were forgotten in the tables.
func TestCompleteAll(t *testing.T) {
	p := newProgram(Env{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}})
	app := newApp(p)
	takesValue := valueFlags(app)
	known := map[string]bool{}
	var walk func(path []string, commands []*cli.Command)
	walk = func(path []string, commands []*cli.Command) {
		for _, command := range commands {
			for _, flag := range slices.Concat(app.Flags, command.Flags) {
				name := flag.Names()[0]
				known[name] = true
				_, isChoice := flag.(*help.Choice)
				if _, ok := flagValues[name]; takesValue[name] && ok == isChoice {
					t.Errorf("--%s is not in flagValues, or there and a Choice", name)
				}
			}
			at := append(slices.Clone(path), command.Name)
			key := strings.TrimPrefix(strings.Join(at, " "), "plan ")
			if _, ok := argumentValues[key]; command.ArgsUsage != "" && !ok && at[0] != "manifest" && key != "auth explain" && key != "help" {
				t.Errorf("%s takes arguments, and is not in argumentValues", key)
			}
			walk(at, command.Subcommands)
		}
	}
	walk(nil, app.Commands)
	for name := range flagValues {
		if !known[name] || !takesValue[name] {
			t.Errorf("flagValues has --%s, which takes no value", name)
		}
	}
}

func TestCompletionScripts(t *testing.T) {
	for _, shell := range shellNames {
		var stdout, stderr bytes.Buffer
		env := Env{Stdout: &stdout, Stderr: &stderr}
		if code := Execute(t.Context(), []string{"manifest-tool", "completion", shell}, env); code != 0 || stderr.Len() > 0 {
			t.Errorf("completion %s: exit code %d, %s", shell, code, stderr.String())
		}
		for _, want := range []string{"manifest-tool", completeCommand, ":nospace", filesOnly, dirsOnly} {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("the script of %s has no %s", shell, want)
			}
		}
		if strings.Contains(stdout.String(), "\r") {
			t.Errorf("the script of %s has a carriage return", shell)
		}
	}
	for line, want := range map[string]string{
		"completion":          "SHELL is missing: bash, zsh, fish, powershell",
		"completion fihs":     `unknown shell "fihs", did you mean fish?`,
		"completion tcsh-6.2": `the shells are bash, zsh, fish, powershell`,
		"completion bash zsh": `"zsh" is too many`,
	} {
		var stdout, stderr bytes.Buffer
		env := Env{Stdout: &stdout, Stderr: &stderr}
		if code := Execute(t.Context(), append([]string{"manifest-tool"}, strings.Fields(line)...), env); code != 2 || stdout.Len() > 0 || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: exit code %d, %s", line, code, stderr.String())
		}
	}
}
