package integration

import (
	_ "embed"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tabs presses Tab in an interactive shell: see the comment in it.
//
//go:embed testdata/tabs.zsh
var tabs string

// comp calls the function that bash calls for Tab, without a terminal.
//
//go:embed testdata/comp.bash
var comp string

// An interactiveShell is a way to load the completion.
type interactiveShell struct {
	start string // its command
	load  string // what it runs first
	show  string // defines a command that shows its arguments
}

const (
	bashStart   = "bash --norc --noprofile -i"
	bashPackage = "/usr/share/bash-completion/bash_completion"
	showWords   = `show() { printf '<%s>' "$@"; echo; }`
	fishShow    = `function show; printf '<%s>' $argv; echo; end`
)

var interactiveShells = map[string]interactiveShell{
	"bash":           {bashStart, `source <(manifest-tool completion bash)`, showWords},
	"bash-package":   {bashStart, `source ` + bashPackage + `; source <(manifest-tool completion bash)`, showWords},
	"bash-installed": {bashStart, `d=~/.local/share/bash-completion/completions; mkdir -p $d; manifest-tool completion bash > $d/manifest-tool; source ` + bashPackage, showWords},
	"zsh":            {"zsh -f -i", `autoload -U compinit; compinit -u -D; source <(manifest-tool completion zsh)`, showWords},
	"zsh-installed":  {"zsh -f -i", `mkdir ~/.zfunc; manifest-tool completion zsh > ~/.zfunc/_manifest-tool; fpath=(~/.zfunc $fpath); autoload -U compinit; compinit -u -D`, showWords},
	"fish":           {"fish -N -P -i", `manifest-tool completion fish | source`, fishShow},
}

// tabCases are what a user types before Tab, and the words of the line afterwards, with an x that is typed behind them:
// it shows whether a blank follows. None follows an item of a list, except in fish.
var tabCases = []struct{ line, want string }{
	{"manifest-tool pu", "<manifest-tool><push><x>"},
	{"manifest-tool push --typ", "<manifest-tool><push><--type><x>"},
	{"manifest-tool push -typ", "<manifest-tool><push><-type><x>"},
	{"manifest-tool push --type d", "<manifest-tool><push><--type><docker><x>"},
	{"manifest-tool push --type=d", "<manifest-tool><push><--type=docker><x>"},
	{"manifest-tool push a:1 --type=d", "<manifest-tool><push><a:1><--type=docker><x>"},
	{"./bin/manifest-tool push --type=d", "<./bin/manifest-tool><push><--type=docker><x>"},
	{"manifest-tool push registry", "<manifest-tool><push><registry.example:5000/app:1.0><x>"},
	{"manifest-tool push registry.example:5", "<manifest-tool><push><registry.example:5000/app:1.0><x>"},
	{"manifest-tool push registry.example:5000/app:", "<manifest-tool><push><registry.example:5000/app:1.0><x>"},
	{"manifest-tool annotate registry.example:5000/app:1.0 reg", "<manifest-tool><annotate><registry.example:5000/app:1.0><registry.example:5000/app:1.0-amd64><x>"},
	{"manifest-tool push from-args --platforms linux/amd64,freebsd/r", "<manifest-tool><push><from-args><--platforms><linux/amd64,freebsd/riscv64x>"},
	{"manifest-tool push --require=linux/amd64,linux/s", "<manifest-tool><push><--require=linux/amd64,linux/s390xx>"},
	{"manifest-tool edit --set-platform linux/s", "<manifest-tool><edit><--set-platform><linux/s390x=x>"},
	{"manifest-tool edit --set-platform linux/s390x=linux/ri", "<manifest-tool><edit><--set-platform><linux/s390x=linux/riscv64x>"},
	{"manifest-tool push from-spec my", "<manifest-tool><push><from-spec><my file.yaml><x>"},
	{"manifest-tool push from-spec --ca-file=my", "<manifest-tool><push><from-spec><--ca-file=my file.yaml><x>"},
	{"manifest-tool inspect oci-layout:fol", "<manifest-tool><inspect><oci-layout:folder/x>"},
	{"manifest-tool inspect oci-archive:my", "<manifest-tool><inspect><oci-archive:my file.yaml><x>"},
	{"manifest-tool push --drafts fol", "<manifest-tool><push><--drafts><folder/x>"},
	{"manifest-tool nonsense pu", "<manifest-tool><nonsense><pux>"},
}

// TestTab presses Tab in real shells.
func TestTab(t *testing.T) {
	t.Parallel()
	driver := installed(t, "zsh")
	for name, shell := range interactiveShells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			installed(t, strings.Fields(shell.start)[0])
			if _, err := os.Stat(bashPackage); err != nil && strings.Contains(shell.load, bashPackage) {
				unavailable(t, "bash-completion", err)
			}
			home, env := completionHome(t)
			args := []string{"-f", "-c", tabs, "tabs", home, shell.start, shell.load + "; " + shell.show}
			for _, c := range tabCases {
				args = append(args, c.line)
			}
			out, err := command(t, env, driver, args...)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			if len(lines) != len(tabCases) {
				t.Fatalf("%d lines for %d cases:\n%s", len(lines), len(tabCases), out)
			}
			for i, c := range tabCases {
				isItem := strings.Contains(lines[i], ",") || strings.Contains(lines[i], "riscv64")
				if shell.show == fishShow && isItem {
					lines[i] = strings.Replace(lines[i], "><x>", "x>", 1)
				}
				if lines[i] != c.want {
					t.Errorf("%s\n got %s\nwant %s", c.line, lines[i], c.want)
				}
			}
		})
	}
}

// completionHome makes a folder with drafts and files. The environment names it as HOME.
func completionHome(t *testing.T) (home string, env []string) {
	t.Helper()
	home = t.TempDir()
	program := binary(t)
	for _, dir := range []string{"bin", "folder", "state/manifest-tool/drafts"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(program, filepath.Join(home, "bin", "manifest-tool")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"my file.yaml": "",
		"state/manifest-tool/drafts/registry.example=5000+app=1.0.yaml": "image: registry.example:5000/app:1.0\nmanifests:\n" +
			"- {image: registry.example:5000/app:1.0-amd64, platform: {os: linux, architecture: amd64}}\n",
	} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return home, []string{"PATH=" + filepath.Join(home, "bin") + ":" + os.Getenv("PATH"), "HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state"), "TERM=dumb", "HISTFILE=/dev/null", "LC_ALL=C.UTF-8"}
}

// TestBashCompletion calls the function of the script as bash does.
func TestBashCompletion(t *testing.T) {
	t.Parallel()
	bash := installed(t, "bash")
	_, env := completionHome(t)
	for _, c := range []struct {
		point string // where the cursor is; the end of the line if it is empty
		words []string
		want  string
	}{
		{"", []string{"manifest-tool", "push", "--type", ""}, "auto docker oci"},
		{"", []string{"manifest-tool", "push", "--type", "="}, "auto docker oci"},
		{"", []string{"manifest-tool", "push", "--type", "=", "d"}, "docker"},
		{"", []string{"manifest-tool", "push", "registry.example", ":", "5000/a"}, "5000/app:1.0"},
		{"", []string{"manifest-tool", "push", "registry.example", ":"}, "5000/app:1.0"},
		{"", []string{"manifest-tool", "rm", "registry.example", ":", "5000/app", ":", "1.0", " ", "registry.example", ":"}, ""},
		{"", []string{"manifest-tool", "copy", "a", ":", "1", " ", "oci-"}, "oci-layout: oci-archive:"},
		{"18", []string{"manifest-tool", "--plxyz"}, "--plain-http --plain-http-registry"}, // behind --pl
		{"16", []string{"manifest-tool", "push"}, "push"},
		{"", []string{"manifest-tool", "nonsense", ""}, ""},
		{"", []string{"/nowhere/manifest-tool", "pu"}, ""},
	} {
		out, err := command(t, env, bash, append([]string{"--norc", "-c", comp, "comp", c.point}, c.words...)...)
		if err != nil {
			t.Error(err)
		}
		if got := strings.TrimSpace(out); got != c.want {
			t.Errorf("%q: got %q, want %q", c.words, got, c.want)
		}
	}
}

// TestFishCompletion asks fish for the candidates and their descriptions. The script is in the folder from which fish
// loads it when it needs it.
func TestFishCompletion(t *testing.T) {
	t.Parallel()
	fish := installed(t, "fish")
	_, env := completionHome(t)
	const install = "mkdir -p ~/.config/fish/completions; manifest-tool completion fish > ~/.config/fish/completions/manifest-tool.fish"
	if _, err := command(t, env, fish, "-N", "-c", install); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"manifest-tool in":           "inspect\tshow the platforms, layers and digests of an image",
		"manifest-tool push ":        "registry.example:5000/app:1.0\tdraft",
		"manifest-tool push --type=": "--type=docker",
		"manifest-tool annotate registry.example:5000/app:1.0 ": "registry.example:5000/app:1.0-amd64\tlinux/amd64",
		"manifest-tool push from-spec my":                       "my file.yaml",
	} {
		out, err := command(t, env, fish, "-c", "cd; complete -C $argv[1]", line)
		if err != nil {
			t.Error(err)
		}
		if !slices.ContainsFunc(strings.Split(out, "\n"), func(got string) bool {
			return got == want || !strings.Contains(want, "\t") && strings.HasPrefix(got, want+"\t")
		}) {
			t.Errorf("%s: %q is not in\n%s", line, want, out)
		}
	}
}
