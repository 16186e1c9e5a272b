package cli

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/drone"
)

// A step of Drone or Woodpecker runs the program without arguments. Its settings are variables that start with
// PLUGIN_. The program understands the settings of plugins/manifest
// (https://github.com/drone-plugins/drone-manifest).

// isPlugin reports whether there are no arguments, and such settings.
func (p *program) isPlugin(args []string) bool {
	if len(args) != 1 {
		return false
	}
	for _, variable := range p.env.Environ {
		if strings.HasPrefix(variable, "PLUGIN_") {
			return true
		}
	}
	return false
}

// setting returns the first of some settings that is not empty.
func (p *program) setting(names ...string) string {
	for _, name := range names {
		if value := p.env.Getenv("PLUGIN_" + name); value != "" {
			return value
		}
	}
	return ""
}

func (p *program) isOn(names ...string) bool {
	on, err := strconv.ParseBool(p.setting(names...))
	return err == nil && on
}

// settingNames are the settings in the order of docs/how-to/drone.md.
var settingNames = []string{
	"username", "password", "platforms", "template", "target", "tags", "auto_tag", "spec",
	"ignore_missing", "require", "strict", "dry_run", "digest_file", "skip_verify", "log_level",
}

// otherNames are names of the same settings.
var otherNames = []string{"platform", "tag", "default_tags", "insecure"}

// onOrOff are the settings that are true or false.
var onOrOff = []string{"auto_tag", "default_tags", "ignore_missing", "strict", "dry_run", "skip_verify", "insecure"}

// checkSettings refuses settings that are most likely misspelt, those that only the flags of a push have, and values
// that are neither true nor false. Other unknown settings may be those of another plugin.
func (p *program) checkSettings() error {
	known := slices.Concat(settingNames, otherNames)
	var unknown []string
	for _, variable := range p.env.Environ {
		name, _, _ := strings.Cut(variable, "=")
		name, isSetting := strings.CutPrefix(name, "PLUGIN_")
		if name = strings.ToLower(name); isSetting && !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	all := "the settings are " + strings.Join(settingNames, ", ")
	flags := slices.Concat(fromArgsFlags(), fromSpecFlags(), globalFlags())
	for _, name := range unknown {
		flag := strings.ReplaceAll(name, "_", "-")
		isFlag := slices.ContainsFunc(flags, func(f cli.Flag) bool { return nameOf(f) == flag })
		near := nearest.Word(name, known...)
		switch {
		case isFlag && strings.ReplaceAll(near, "_", "-") != flag: // dry-run means dry_run
			return output.Usagef("the setting %s is not known, although push has a flag --%s: %s", name, flag, all)
		case near != "":
			return output.Usagef("the setting %s is not known, did you mean %s?", name, near)
		}
	}
	for _, name := range onOrOff {
		value := p.setting(strings.ToUpper(name))
		if _, err := strconv.ParseBool(value); err != nil && value != "" {
			return output.Usagef("the setting %s is %q: give true or false", name, value)
		}
	}
	for _, name := range unknown {
		p.out.Warnf("the setting %s is not known, and is ignored: %s", name, all)
	}
	return nil
}

// settingsLogin are the settings of a login, as messages name them.
const settingsLogin = "the settings username and password"

// settingsFor names settings where a hint names flags.
var settingsFor = strings.NewReplacer(
	"--username is", settingsLogin+" are",
	"--debug", "log_level: debug",
	"--require", "the setting require",
	"--strict", "the setting strict",
	"--insecure-registry", "--insecure-registry", // no setting
	"--plain-http", "the setting insecure",
	"--insecure", "the setting insecure",
)

// pluginHint is a hint for a step, which has settings, and no flags and no earlier login.
func pluginHint(hint string) string {
	switch {
	case strings.HasPrefix(hint, "see ") && strings.HasSuffix(hint, " --help"):
		return "correct the settings of the step"
	case strings.HasSuffix(hint, "or give --username and --password-stdin"):
		return "log in with " + settingsLogin
	}
	return settingsFor.Replace(hint)
}

// pluginOptions are the options that the settings say.
func (p *program) pluginOptions() (run.PushOptions, error) {
	o := run.PushOptions{
		GlobalOptions: run.GlobalOptions{
			Debug:     p.setting("LOG_LEVEL") == "debug" || p.setting("LOG_LEVEL") == "trace",
			Insecure:  p.isOn("SKIP_VERIFY", "INSECURE"),
			Username:  p.setting("USERNAME"),
			Password:  p.setting("PASSWORD"),
			LoginFrom: settingsLogin,
		},
		Spec:          spec.Options{Strict: p.isOn("STRICT")},
		IgnoreMissing: p.isOn("IGNORE_MISSING"),
		Strict:        p.isOn("STRICT"),
		DryRun:        p.isOn("DRY_RUN"),
		Progress:      "auto",
		Files:         output.FileOptions{Digest: p.setting("DIGEST_FILE")},
	}
	switch {
	case o.Username != "" && o.Password == "":
		return o, output.Usagef("the setting username is set, but password is empty: is the secret available to this step?")
	case o.Username == "" && o.Password != "":
		return o, output.Usagef("the setting password is set, but username is empty: is the secret available to this step?")
	}
	require, isSet := p.env.Lookup("PLUGIN_REQUIRE")
	list := words([]string{require})
	if isSet && len(list) == 0 {
		return o, output.Usagef("the setting require is empty: is a variable not set?")
	}
	var err error
	o.Require, err = parsePlatforms(list, "the setting require", false)
	return o, err
}

// plugin pushes what the settings say: a spec, which may be a template, or arguments.
func (p *program) plugin(ctx context.Context) error {
	if err := p.checkSettings(); err != nil {
		return err
	}
	o, err := p.pluginOptions()
	if err != nil {
		return err
	}
	tags, ok := drone.Tags(p.env.Lookup)
	if !ok {
		p.out.Warn("nothing to push: auto_tag has no tag for this branch")
		return nil
	}
	if s := p.setting("SPEC"); s != "" {
		return p.pluginSpec(ctx, s, o)
	}
	args := spec.Args{
		Platforms: words([]string{p.setting("PLATFORMS", "PLATFORM")}),
		Template:  p.setting("TEMPLATE"),
		Target:    p.setting("TARGET"),
		Tags:      tags,
	}
	if len(args.Platforms) == 0 || args.Template == "" || args.Target == "" {
		return output.Usagef("set spec, or set platforms, template and target")
	}
	return p.runner.PushFromArgs(ctx, args, o)
}

// pluginSpec pushes a spec: a file, or if there is no such file, the text of the setting.
func (p *program) pluginSpec(ctx context.Context, s string, o run.PushOptions) error {
	if _, err := os.Stat(s); err == nil && !strings.Contains(s, "\n") {
		return p.runner.PushFromSpecs(ctx, []string{s}, true, o)
	}
	if !strings.Contains(s, "\n") && !strings.Contains(s, ":") {
		return output.Usagef("the setting spec: no file %q", s)
	}
	return p.runner.PushTemplate(ctx, "PLUGIN_SPEC", []byte(s), o)
}
