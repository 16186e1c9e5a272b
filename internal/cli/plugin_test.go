package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/output"
)

func TestPluginSettings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ setting, want string }{
		{"TAGZ=a", "the setting tagz is not known, did you mean tags?"},
		{"IGNORE_MISING=true", "did you mean ignore_missing?"},
		{"DRY-RUN=true", "did you mean dry_run?"},
		{"DRYRUN=true", "did you mean dry_run?"},
		{"REQUIRED=linux/amd64", "did you mean require?"},
		{"USERNAM=", "did you mean username?"},
		{"VERIFY=true", "the setting verify is not known, although push has a flag --verify: the settings are username, "},
		{"ALLOW_PLATFORM_MISMATCH=true", "although push has a flag --allow-platform-mismatch"},
		{"TEMPLATE_ENGINE=drone", "although push has a flag --template-engine"},
		{"CA_FILE=ca.pem", "although push has a flag --ca-file"},
		{"DUMP=x", "warning: the setting dump is not known, and is ignored: the settings are "},
		{"ENV_FILE=x", "warning: the setting env_file is not known"},
		{"SETTINGS={}", "warning: the setting settings is not known"},
		{"REGISTRY=x", "warning: the setting registry is not known"},
		{"MTU=1500", "warning: the setting mtu is not known"},
		{"STRICT=yes", `the setting strict is "yes": give true or false`},
		{"INSECURE=ture", `the setting insecure is "ture": give true or false`},
		{"SKIP_VERIFY=off", `the setting skip_verify is "off"`},
		{"IGNORE_MISSING=2", `the setting ignore_missing is "2"`},
		{"AUTO_TAG=on", `the setting auto_tag is "on"`},
		{"DEFAULT_TAGS=on", `the setting default_tags is "on"`},
		{"REQUIRE= , ", "the setting require is empty: is a variable not set?"},
		{"REQUIRE=linux/amd46", "the setting require: "},
		{"USERNAME=me", "the setting username is set, but password is empty: is the secret available to this step?"},
		{"PASSWORD=secret", "the setting password is set, but username is empty: is the secret available to this step?"},
		{"STRICT=", "set spec, or set platforms, template and target"},
	} {
		var stderr bytes.Buffer
		code := Execute(t.Context(), []string{"manifest-tool"}, Env{
			Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &stderr, Environ: []string{"PLUGIN_" + test.setting},
		})
		said := stderr.String()
		if code != output.ExitUsage || !strings.Contains(said, test.want) || !strings.Contains(said, "\nhint: correct the settings of the step\n") {
			t.Errorf("%s: exit code %d, %s", test.setting, code, said)
		}
	}
}

// TestPluginKnowsSettings keeps the names of settings free of slips: each is read.
func TestPluginKnowsSettings(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Concat(settingNames, otherNames, onOrOff) {
		p := newProgram(Env{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Environ: []string{"PLUGIN_" + strings.ToUpper(name) + "=true"}})
		if err := p.checkSettings(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPluginHint(t *testing.T) {
	t.Parallel()
	for hint, want := range map[string]string{
		"see manifest-tool --help": "correct the settings of the step",
		"log in with docker login a, podman login a or manifest-tool auth login a, or give --username and --password-stdin": "log in with the settings username and password",
		"add --insecure-registry a to do the same here":                                                                     "add --insecure-registry a to do the same here",
		"or use --insecure":                              "or use the setting insecure",
		"remove their platforms from --require":          "remove their platforms from the setting require",
		"the registry uses plain http: add --plain-http": "the registry uses plain http: add the setting insecure",
		"fix the cause; --debug shows each request":      "fix the cause; log_level: debug shows each request",
	} {
		if got := pluginHint(hint); got != want {
			t.Errorf("%q: %q, want %q", hint, got, want)
		}
	}
}
