package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/internal/output"
)

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
