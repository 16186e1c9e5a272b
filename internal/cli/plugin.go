package cli

import (
	"context"
	"os"
	"strconv"
	"strings"

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
