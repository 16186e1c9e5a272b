package drone

import (
	"errors"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/spec"
)

// hostile are values that would be more than a scalar if they were put in as they are.
var hostile = []string{
	"a\ntags: [evil]", "a\r\nimage: evil", "a\n- evil", "a\u0085b: c", "a\u2028b: c", "a\tb", "a: b", "a #b", "#a", "[a, b]", "{a: b}", "a, b", "a]", "*a", "&a b", "!!str a",
	"| a", "> a", "\"a\", \"b", "'a', 'b", `a\`, `\"`, `a"`, "a'", "''", "- a", "? a", ": a", "a:", "---", "--- a", "...", "%YAML 1.2", "@a", "`a`", " a", "a ", "\x00", "\x1b[31m", "\x7f",
	"null", "~", "\ufeffa", "a: |\n  b", "<<: *a", "=",
}

// A value that stands alone is a scalar, whatever it holds.
func TestValuesAreScalars(t *testing.T) {
	templates := map[string]func(any) any{
		"{{V}}":                          func(v any) any { return v },
		"a: {{V}}":                       func(v any) any { return v.(map[string]any)["a"] },
		"a: {{V}} # note\nb: c":          func(v any) any { return v.(map[string]any)["a"] },
		"a: {{V}}\r\nb: c":               func(v any) any { return v.(map[string]any)["a"] },
		"a:\n  {{V}}\nb: c":              func(v any) any { return v.(map[string]any)["a"] },
		"- {{V}}\n- b":                   func(v any) any { return v.([]any)[0] },
		"- a: {{{V}}}\n  b: c":           func(v any) any { return v.([]any)[0].(map[string]any)["a"] },
		"- - {{V}}":                      func(v any) any { return v.([]any)[0].([]any)[0] },
		"[{{V}}, b]":                     func(v any) any { return v.([]any)[0] },
		"[b, {{V}}]":                     func(v any) any { return v.([]any)[1] },
		"{a: {{V}}, b: c}":               func(v any) any { return v.(map[string]any)["a"] },
		"{b: c, a: {{V}} }":              func(v any) any { return v.(map[string]any)["a"] },
		"a: {{#if 1}}{{V}}{{/if}}\nb: c": func(v any) any { return v.(map[string]any)["a"] },
		"{{#each build.tags}}\n- {{V}}\n{{/each}}": func(v any) any { return v.([]any)[1] },
		"a: {{default \"x\" V}}":                   func(v any) any { return v.(map[string]any)["a"] },
	}
	for template, pick := range templates {
		for _, value := range append([]string{"plain", "1.0-a", "host:5000/a", "a#b", "-a", "a'b\"c"}, hostile...) {
			out, err := Render("m.tmpl", []byte(template), env(map[string]string{"V": value, "PLUGIN_TAGS": "1,2"}))
			if err != nil {
				t.Errorf("%q with %q: %v", template, value, err)
				continue
			}
			var read any
			if err := yaml.Unmarshal(out, &read); err != nil {
				t.Errorf("%q with %q: %v: %q", template, value, err, out)
			} else if got := pick(read); got != value && strings.Trim(value, "=") != "" {
				t.Errorf("%q with %q is read as %#v: %q", template, value, got, out)
			}
		}
	}
}

// A part of a text is a part of it, or a fault.
func TestValuesInTexts(t *testing.T) {
	for _, template := range []string{"a: x{{V}}y\nb: c", "a: {{V}}y\nb: c", "a: x {{V}}\nb: c", `a: "x{{V}}y"` + "\nb: c", "a: 'x{{V}}y'\nb: c", `{"a": "x{{V}}y", "b": "c"}`,
		"{a: x{{V}}y, b: c}", "a: y # {{V}}\nb: c", "a: |\n  x\n  {{V}}\nb: c", "a: {{V}}{{V}}\nb: c", "b: c\na: {{#each build.tags}}{{V}}{{/each}}"} {
		for _, value := range append([]string{"plain", "1.0-a", "host/a", "a#b"}, hostile...) {
			out, err := Render("m.tmpl", []byte(template), env(map[string]string{"V": value, "PLUGIN_TAGS": "1,2"}))
			var problems *spec.Error
			if errors.As(err, &problems) && problems.Problems[0].Line > 0 && problems.Problems[0].Column > 1 {
				if strings.ContainsFunc(problems.Problems[0].Text, breaks) {
					t.Errorf("%q with %q: a fault with control characters: %q", template, value, problems.Problems[0].Text)
				}
				continue
			}
			var read map[string]any
			if err := yaml.Unmarshal(out, &read); err != nil || len(read) != 2 || read["b"] != "c" {
				t.Errorf("%q with %q: %v: %q", template, value, err, out)
			} else if text, _ := read["a"].(string); strings.Contains(template, "y\"") && text != "x"+value+"y" {
				t.Errorf("%q with %q is read as %q", template, value, text)
			}
		}
	}
	for _, value := range []string{"a\nb", "a\rb", "a\x00b", "a\u2028b"} {
		_, err := Render("m.tmpl", []byte("image: a:{{build.branch}}-x"), env(map[string]string{"CI_COMMIT_BRANCH": value}))
		if err == nil || !strings.HasPrefix(err.Error(), "m.tmpl:1:12: the value of {{build.branch}} has a line break") {
			t.Errorf("%q: %v", value, err)
		}
	}
}
