package cli

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
	"github.com/manifest-tool/manifest-tool/spec"
)

// execute runs the program without a network.
func execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, messages bytes.Buffer
	code = Execute(t.Context(), append([]string{"manifest-tool"}, args...), run.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &messages, Version: "X", Commit: "Y"})
	return code, out.String(), messages.String()
}

func testApp() *cli.App {
	return newApp(newProgram(run.Env{Stdout: io.Discard, Stderr: io.Discard}))
}

// eachCommand visits all commands and topics, also the hidden ones.
func eachCommand(visit func(path []string, command *cli.Command)) {
	var each func(path []string, commands []*cli.Command)
	each = func(path []string, commands []*cli.Command) {
		for _, command := range commands {
			here := append(slices.Clone(path), command.Name)
			visit(here, command)
			each(here, command.Subcommands)
		}
	}
	each(nil, testApp().Commands)
}

func isTopic(command *cli.Command) bool { return command.Category == help.Topics }

// Each help text fits in 80 columns.
func TestHelpFits(t *testing.T) {
	pages := 0
	check := func(args ...string) {
		code, stdout, stderr := execute(t, args...)
		if code != 0 || stderr != "" || len(stdout) < 200 {
			t.Errorf("%q: exit %d, %q\n%s", args, code, stderr, stdout)
		}
		for line := range strings.Lines(stdout) {
			line = strings.TrimSuffix(line, "\n")
			if len(line) > 80 || line != strings.TrimRight(line, " ") || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%q: %d columns: %q", args, len(line), line)
			}
		}
		if strings.Contains(stdout, "\n\n\n") || !strings.HasSuffix(stdout, "\n") {
			t.Errorf("%q has empty lines\n%s", args, stdout)
		}
		pages++
	}
	check()
	check("help")
	eachCommand(func(path []string, command *cli.Command) {
		check(append(path, "--help")...)
		if isTopic(command) {
			check("help", command.Name)
		} else {
			check(append([]string{"help"}, path...)...)
		}
	})
	if pages < 50 {
		t.Errorf("%d pages", pages)
	}
}

// The pages for man pages and the command reference say the same as the help on a terminal.
func TestPages(t *testing.T) {
	pages := help.Pages(testApp())
	if len(pages) < 17 {
		t.Errorf("%d pages", len(pages))
	}
	for _, page := range pages {
		args := strings.Fields(page.Path)[1:]
		if len(args) == 1 && args[0] == "help" {
			continue // "help help" prints the page of the program
		}
		_, stdout, _ := execute(t, append(args, "--help")...)
		for _, text := range append(slices.Clone(page.Synopsis), page.Description) {
			if !strings.Contains(stdout, text) {
				t.Errorf("%s lacks %q", page.Path, text)
			}
		}
		at := 0
		for _, group := range page.Groups {
			next := strings.Index(stdout[at:], "\n"+strings.ToUpper(group.Name)+":\n")
			if next < 0 {
				t.Errorf("%s: %s is not there in order", page.Path, group.Name)
				continue
			}
			at += next
			for _, flag := range group.Flags {
				if !strings.Contains(stdout[at:], "  "+flag.Label()) {
					t.Errorf("%s: %s lacks %s", page.Path, group.Name, flag.Label())
				}
			}
		}
	}
}

// A push has its groups in the order of its work.
func TestGroupOrder(t *testing.T) {
	var names []string
	for _, group := range help.FlagGroups(append(fromArgsFlags(), globalFlags()...)) {
		names = append(names, group.Name)
	}
	if got := strings.Join(names, ", "); got != "What to assemble, Where it goes, Checks, Output, CI, Connection, Login" {
		t.Error(got)
	}
}

var (
	verbFirst   = regexp.MustCompile(`^[a-z]+,? `)
	placeholder = regexp.MustCompile(`^([A-Z][A-Z=:\[\]|.,/\-]*|[a-z|]+(go-template=TEMPLATE)?|SOURCE\[,platform=PLATFORM\]|FILE\|-\|env:NAME|\[HOST=\][A-Z:]+)$`)
)

// All flags of all commands are described in the same way.
func TestFlagDescriptions(t *testing.T) {
	check := func(path string, flags []cli.Flag) {
		for _, group := range help.FlagGroups(flags) {
			if group.Name == "" {
				t.Errorf("%s: %v has no group", path, group.Flags)
			}
			for _, flag := range group.Flags {
				if !verbFirst.MatchString(flag.Usage) || strings.HasSuffix(flag.Usage, ".") || strings.Contains(flag.Usage, "`") {
					t.Errorf("%s %s: %q", path, flag.Label(), flag.Usage)
				}
				if flag.Placeholder != "" && !placeholder.MatchString(flag.Placeholder) {
					t.Errorf("%s: placeholder %q", path, flag.Placeholder)
				}
				if flag.Values == nil && flag.Placeholder != "" && flag.Placeholder == strings.ToLower(flag.Placeholder) {
					t.Errorf("%s: %s lists words that nothing checks", path, flag.Label())
				}
			}
		}
		for _, flag := range flags {
			documented, ok := flag.(cli.DocGenerationFlag)
			if ok && documented.TakesValue() != strings.HasPrefix(documented.GetUsage(), "`") {
				t.Errorf("%s: --%s has a value without placeholder, or the reverse", path, flag.Names()[0])
			}
		}
	}
	check("manifest-tool", testApp().Flags)
	eachCommand(func(path []string, command *cli.Command) {
		check(strings.Join(path, " "), command.Flags)
		if command.Usage == "" || strings.HasSuffix(command.Usage, ".") || !verbFirst.MatchString(command.Usage) && !isTopic(command) {
			t.Errorf("%q: %q", path, command.Usage)
		}
		if len(command.Subcommands) == 0 && !command.Hidden && command.Category == "" {
			t.Errorf("%q has no category", path)
		}
	})
}

// Each example is a command line of its command, and the program can parse it.
func TestExamples(t *testing.T) {
	for _, example := range help.OfApp(testApp()).Examples {
		checkExample(t, commandsIn(example.Command)[0])
	}
	eachCommand(func(path []string, command *cli.Command) {
		name := strings.Join(path, " ")
		switch {
		case isTopic(command):
			for _, line := range commandsIn(command.Description) {
				checkExample(t, line)
			}
			return
		case len(command.Subcommands) > 0 && command.ArgsUsage == "":
			return // only its subcommands do something
		}
		page := help.OfCommand(name, command)
		if page.Description == "" || len(page.Examples) < 2 {
			t.Errorf("%s: %d examples, %q", name, len(page.Examples), page.Description)
		}
		for _, example := range page.Examples {
			lines := commandsIn(example.Command)
			if len(lines) != 1 || example.Comment == "" || strings.HasSuffix(example.Comment, ".") {
				t.Errorf("%s: %+v", name, example)
				continue
			}
			checkExample(t, lines[0])
		}
	})
}

// checkExample parses a command line, and its flags.
func checkExample(t *testing.T, args []string) {
	t.Helper()
	app := testApp()
	var stub func(commands []*cli.Command)
	stub = func(commands []*cli.Command) {
		for _, command := range commands {
			stub(command.Subcommands)
			action := command.Action
			command.Action = func(*cli.Context) error {
				if action == nil {
					return fmt.Errorf("%s does nothing by itself", command.Name)
				}
				return nil
			}
		}
	}
	stub(app.Commands)
	ordered, _, err := normalizeArgs(app, args)
	if err == nil {
		err = app.Run(ordered)
	}
	if err != nil {
		t.Errorf("%q: %v", args, err)
	}
}

// The specs in help texts are right.
func TestSpecsInHelp(t *testing.T) {
	block := regexp.MustCompile(`(?m)(^  .*\n)+`)
	for _, args := range [][]string{{"help", "spec"}, {"push", "from-spec", "--help"}} {
		_, stdout, _ := execute(t, args...)
		text := strings.ReplaceAll(block.FindString(stdout[strings.Index(stdout, "\n\n")+1:]), "DIGEST", strings.Repeat("0", 64))
		if args[0] == "push" {
			text = block.FindString(stdout[strings.Index(stdout, "\n  image:")+1:])
		}
		s, notes, err := spec.Load("help", strings.NewReader(text), spec.Options{Strict: true})
		if err != nil || len(notes) > 0 || len(s.Entries) < 2 {
			t.Errorf("%q: %v %q\n%s", args, err, notes, text)
		}
	}
}

// The table of tags in the topic "templates" is right.
func TestTagsInHelp(t *testing.T) {
	_, topic, _ := execute(t, "help", "templates")
	table := regexp.MustCompile(`(?m)^  (TAG-\S+) +(\S+) +(\S+)$`).FindAllStringSubmatch(topic, -1)
	if len(table) != 3 {
		t.Fatalf("%q", table)
	}
	for _, row := range table {
		s, _, err := spec.FromArgs(spec.Args{
			Platforms: []string{"linux/amd64", "linux/arm/v7"}, Template: "registry.example/app:ARCH", Target: "registry.example/app:1.0",
		}, spec.Options{PlatformTags: row[1]})
		if err != nil {
			t.Fatal(err)
		}
		for i, entry := range s.Entries {
			if tags := s.PlatformTags.For([]string{"1.0"}, entry.Platform); !slices.Equal(tags, row[2+i:3+i]) {
				t.Errorf("%s makes %q, not %s", row[1], tags, row[2+i])
			}
		}
	}
}

func TestTopics(t *testing.T) {
	topics := help.TopicsOf(testApp())
	if len(topics) != 6 {
		t.Errorf("%d topics", len(topics))
	}
	_, overview, _ := execute(t)
	for _, topic := range topics {
		code, stdout, stderr := execute(t, "help", topic.Name)
		if code != 0 || stderr != "" || !strings.HasPrefix(stdout, topic.Text+"\n") {
			t.Errorf("help %s: exit %d\n%s%s", topic.Name, code, stdout, stderr)
		}
		if lines := strings.Count(topic.Text, "\n"); lines < 20 || lines > 60 {
			t.Errorf("%s has %d lines", topic.Name, lines)
		}
		if !strings.Contains(overview, "  help "+topic.Name+" ") {
			t.Errorf("help does not list %s", topic.Name)
		}
	}
	_, codes, _ := execute(t, "help", "exit-codes")
	for _, code := range output.ExitCodes {
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^  %-5d\S`, code.Code)).MatchString(codes) {
			t.Errorf("exit code %d is not there", code.Code)
		}
	}
	_, connection, _ := execute(t, "help", "connection")
	for _, flag := range connectionFlags() {
		if !strings.Contains(connection, "\n  --"+flag.Names()[0]+" ") {
			t.Errorf("help connection lacks --%s", flag.Names()[0])
		}
	}
}

func TestHelpWords(t *testing.T) {
	page := "Show the platforms, layers and digests of an image.\n"
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 0, "Put per-architecture images together"},
		{[]string{"help"}, 0, "Put per-architecture images together"},
		{[]string{"-h"}, 0, "Put per-architecture images together"},
		{[]string{"help", "inspect"}, 0, page},
		{[]string{"inspect", "help"}, 0, page},
		{[]string{"inspect", "-h", "registry.example/app", "--format", "json"}, 0, page},
		{[]string{"help", "help", "inspect"}, 0, page},
		{[]string{"-h", "inspect"}, 0, page},
		{[]string{"help", "push", "from-args"}, 0, "Push an index of the images that a template names.\n"},
		{[]string{"help", "manifest", "inspect"}, 0, page},
		{[]string{"help", "pushml"}, 0, "Push an index of the images that a spec file names.\n"},
		{[]string{"help", "--debug", "spec"}, 0, "A spec is a file in YAML or JSON."},
		{[]string{"help", "spec", "--debug"}, 0, "A spec is a file in YAML or JSON."},
		{[]string{"help", "spec", "init"}, 0, "Write a spec of"},
		{[]string{"spec", "help", "init"}, 0, "Write a spec of"},
		{[]string{"spec", "--help"}, 0, "Write, check and convert spec files.\n"},
		{[]string{"help", "spec", "int"}, 2, `unknown command "int", did you mean init?`},
		{[]string{"push"}, 0, "Push a draft.\n"},
		{[]string{"version"}, 0, "manifest-tool version X (commit: Y)\n"},
		{[]string{"--version"}, 0, "manifest-tool version X (commit: Y)\n"},
		{[]string{"version", "--debug"}, 0, "manifest-tool version X (commit: Y)\n"},
		{[]string{"help", "exitcodes"}, 2, `no help on "exitcodes", did you mean exit-codes?`},
		{[]string{"help", "platfroms"}, 2, `no help on "platfroms", did you mean platforms?`},
		{[]string{"help", "inspct"}, 2, `no help on "inspct", did you mean inspect?`},
		{[]string{"help", "somethingelse"}, 2, `no help on "somethingelse": see manifest-tool help`},
		{[]string{"help", "push", "form-args"}, 2, `unknown command "form-args", did you mean from-args?`},
		{[]string{"help", "push", "registry.example/app"}, 0, "Push a draft.\n"},
		{[]string{"help", "auth", "explian"}, 2, `unknown command "explian", did you mean explain?`},
		{[]string{"auth"}, 0, "Log in to registries, and show which logins are used.\n"},
		{[]string{"spec"}, 0, "Write, check and convert spec files.\n"},
	} {
		code, stdout, stderr := execute(t, test.args...)
		if text := stdout + strings.TrimPrefix(stderr, "manifest-tool: "); code != test.code || !strings.HasPrefix(text, test.want) {
			t.Errorf("%q: exit %d\n%s", test.args, code, text)
		}
	}
}

// A flag that takes one of a few words takes each of them, and no other.
func TestChoices(t *testing.T) {
	seen := map[string]bool{}
	eachCommand(func(path []string, command *cli.Command) {
		for _, flag := range command.Flags {
			choice, ok := flag.(*help.Choice)
			if !ok {
				continue
			}
			seen[choice.Name] = true
			parse := func(value string) error {
				app := testApp()
				app.Commands = []*cli.Command{{Name: "test", Flags: []cli.Flag{choice}, Action: func(*cli.Context) error { return nil }}}
				return app.Run([]string{"manifest-tool", "test", "--" + choice.Name + "=" + value})
			}
			for _, value := range choice.Values {
				if err := parse(value); err != nil {
					t.Errorf("%q: %v", path, err)
				}
			}
			if err := parse("x" + choice.Values[0] + "x"); err == nil || !strings.Contains(err.Error(), "the flag takes "+choice.Values[0]) {
				t.Errorf("%q --%s: %v", path, choice.Name, err)
			}
			if err := parse(strings.ToUpper(choice.Values[0])); err == nil || !strings.HasSuffix(err.Error(), "did you mean "+choice.Values[0]+"?") {
				t.Errorf("%q --%s: %v", path, choice.Name, err)
			}
			if err := parse(""); (err == nil) != (choice.Name == flagType || choice.Name == flagTemplateEngine) {
				t.Errorf("%q --%s without a value: %v", path, choice.Name, err)
			}
		}
	})
	for _, name := range []string{flagType, flagOutput, flagProgress, flagAttestations, flagCompress, flagFormat, flagTemplateEngine} {
		if !seen[name] {
			t.Errorf("--%s is no choice", name)
		}
	}
}
