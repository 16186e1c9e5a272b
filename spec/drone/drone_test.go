package drone

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/manifest-tool/manifest-tool/spec"
)

func env(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
}

var release = map[string]string{
	"DRONE_TAG": "v1.22.0", "DRONE_COMMIT_REF": "refs/tags/v1.22.0", "PLUGIN_AUTO_TAG": "true",
	"DRONE_COMMIT_SHA": "0123456789abcdef", "DRONE_COMMIT_BRANCH": "main", "PLUGIN_TARGET": "loki",
}

var nightly = map[string]string{
	"CI_COMMIT_REF": "refs/heads/release/v1.21", "CI_COMMIT_SHA": "0123456789abcdef", "CI_COMMIT_BRANCH": "main", "PLUGIN_TARGET": "loki",
}

const giteaTag = `{{#if build.tag}}{{trimPrefix "v" build.tag}}{{else}}{{#if (hasPrefix "refs/heads/release/v" build.ref)}}{{trimPrefix "refs/heads/release/v" build.ref}}-{{/if}}nightly{{/if}}`

func TestRender(t *testing.T) {
	tests := []struct {
		name, in string
		env      map[string]string
		want     string
	}{
		{
			"Gitea, a release",
			"image: gitea/gitea:" + giteaTag + "-rootless\n{{#if build.tags}}\n{{#unless (contains \"-rc\" build.tag)}}\ntags:\n{{#each build.tags}}\n  - {{this}}-rootless\n{{/each}}\n  - \"latest\"\n{{/unless}}\n{{/if}}\nmanifests:\n  -\n    image: gitea/gitea:" + giteaTag + "-linux-amd64\n",
			release,
			"image: gitea/gitea:1.22.0-rootless\ntags:\n  - 1-rootless\n  - 1.22-rootless\n  - 1.22.0-rootless\n  - \"latest\"\nmanifests:\n  -\n    image: gitea/gitea:1.22.0-linux-amd64",
		},
		{
			"Gitea, a branch under Woodpecker",
			"image: gitea/gitea:" + giteaTag + "\n{{#if build.tags}}\ntags:\n{{#each build.tags}}\n  - {{this}}\n{{/each}}\n{{/if}}\nmanifests:\n",
			nightly,
			"image: gitea/gitea:1.21-nightly\nmanifests:",
		},
		{
			"Loki, a release",
			"image: grafana/{{config.target}}:{{#if build.tag}}{{trimPrefix \"v\" build.tag}}{{else}}{{build.branch}}-{{substr 0 7 build.commit}}{{/if}}\ntags:\n  - main\n{{#if build.tag}}\n  - latest\n{{/if}}\n{{#if build.tags}}\n{{#each build.tags}}\n  - {{this}}\n{{/each}}\n{{/if}}\n",
			release,
			"image: grafana/loki:1.22.0\ntags:\n  - main\n  - latest\n  - 1\n  - 1.22\n  - 1.22.0",
		},
		{"Loki, a branch", "grafana/{{config.target}}:{{#if build.tag}}x{{else}}{{build.branch}}-{{substr 0 7 build.commit}}{{/if}}", nightly, "grafana/loki:main-0123456"},
		{
			"gorush", "image: appleboy/gorush:{{#if build.tag}}{{trimPrefix \"v\" build.tag}}{{else}}latest{{/if}}\n{{#if build.tags}}\ntags:\n{{#each build.tags}}\n  - {{this}}\n{{/each}}\n{{/if}}\nmanifests:\n  - image: a:{{#if build.tag}}{{trimPrefix \"v\" build.tag}}-{{/if}}linux-amd64\n",
			map[string]string{"DRONE_TAG": "v2", "PLUGIN_TAGS": "2, two"},
			"image: appleboy/gorush:2\ntags:\n  - 2\n  - two\nmanifests:\n  - image: a:2-linux-amd64",
		},
		{"Trow: a variable", "a:{{FULL_VERSION}}-{{ SUFFIX }}", map[string]string{"FULL_VERSION": "1.2", "SUFFIX": ""}, "a:1.2-"},
		{"an absent variable", `{{#if X}}x{{else}}{{default "none" X}}{{/if}}`, nil, "none"},
		{"else if", "{{#if build.tag}}a{{else if (contains \"x\" build.branch)}}b{{else}}c{{/if}}", map[string]string{"DRONE_COMMIT_BRANCH": "axe"}, "b"},
		{"else if, else", "{{#if build.tag}}a{{else if build.event}}b{{else}}c{{/if}}", nil, "c"},
		{"else of each and unless", "{{#each build.tags}}a{{else}}b{{/each}}{{#unless 1}}c{{else}}d{{/unless}}", nil, "bd"},
		{"each in each", "{{#each build.tags}}{{this}}({{#each build.tags}}{{this}}{{/each}}){{build.branch}}{{/each}}", map[string]string{"PLUGIN_TAGS": "1,2", "CI_COMMIT_BRANCH": "m"}, "1(12)m2(12)m"},
		{"nothing is escaped", `{{{build.branch}}}{{build.branch}}`, map[string]string{"DRONE_COMMIT_BRANCH": `a&"<`}, `a&"<a&"<`},
		{"braces of YAML", "{image: {{build.branch}}, platform: {os: {a: b}}}", map[string]string{"DRONE_COMMIT_BRANCH": "m"}, "{image: m, platform: {os: {a: b}}}"},
		{"braces in a string", `{{trimSuffix "}}" "a}}"}}`, nil, "a"},
		{"quotes", `{{default 'a"b' ""}}{{default "c\"d" 0}}`, nil, `a"bc"d`},
		{"a comment", "a\n{{! {{x }}\n{{!-- }} --}}\nb", nil, "a\nb"},
		{"a pull request of 0", "{{#if build.pull}}a{{else}}b{{/if}}", map[string]string{"DRONE_PULL_REQUEST": "0"}, "b"},

		{"a line of its own vanishes", "a\n  {{#if 1}}  \n  b\n\t{{/if}}\t\nc", nil, "a\n  b\nc"},
		{"with CRLF", "a\r\n{{#if 1}}\r\nb\r\n{{/if}}\r\nc", nil, "a\r\nb\r\nc"},
		{"at the start and the end", "{{#if 1}}\na\n{{/if}}", nil, "a"},
		{"else on its line", "x\n{{#if 0}}\na\n{{else}}\nb\n{{/if}}\ny", nil, "x\nb\ny"},
		{"two tags in a line keep it", "a\n{{#if 1}} {{#if 1}}\nb\n{{/if}}{{/if}}\nc", nil, "a\n \nb\n\nc"},
		{"a value keeps its line", "a\n  {{build.tag}}\nb", nil, "a\n  \nb"},
		{"text beside a tag keeps the line", "a\n- {{#if 1}}\nb{{/if}}\nc", nil, "a\n- \nb\nc"},
		{"a byte order mark", "\ufeff{{#if 1}}\na\n{{/if}}\n", nil, "a"},

		{"helpers", `{{replace "/" "-" "a/b/c"}} {{upper "a"}}{{uppercase "b"}}{{lower "C"}}{{lowercase "D"}} {{hasSuffix "b" "ab"}}`, nil, "a-b-c ABcd true"},
		{"substr", `{{substr 1 3 "abcd"}} {{substr -1 2 "abcd"}} {{substr 2 -1 "abcd"}} {{substr 9 12 "abcd"}}| {{substr 3 1 "abcd"}}|`, nil, "bc ab cd | |"},
		{"trunc", `{{trunc 2 "äbc"}} {{trunc -2 "abc"}} {{trunc 9 "abc"}} {{truncate "abc" 2}} {{truncate "abc" -2}}`, nil, "äb bc abc ab c"},
		{"regexReplace", `{{regexReplace "^v(\d+)\..*$" "v12.3" "$1"}}`, nil, "12"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Render("m.tmpl", []byte(test.in), env(test.env))
			if err != nil || string(got) != test.want {
				t.Errorf("Render(%q):\ngot  %q, %v\nwant %q", test.in, got, err, test.want)
			}
		})
	}
}

func TestRenderErrors(t *testing.T) {
	nested := strings.Repeat("{{#if 1}}", 51) + strings.Repeat("{{/if}}", 51)
	many := map[string]string{"PLUGIN_TAGS": strings.Repeat("x,", 1000), "LONG": strings.Repeat("ab", 30_000)}
	tests := []struct{ in, want string }{
		{"a\n ä {{trimPrefx \"v\" build.tag}}", `m.tmpl:2:6: unknown helper "trimPrefx"; did you mean trimPrefix?`},
		{"{{#if 0}}{{since job.started}}{{x.y}}{{/if}}", "m.tmpl:1:12: unknown helper \"since\"\nm.tmpl:1:33: unknown variable \"x.y\""},
		{"a\n{{buld.tag}}", `m.tmpl:2:3: unknown variable "buld.tag"; did you mean build.tag?`},
		{"{{VERSION}}", `m.tmpl:1:3: unknown variable "VERSION": not set in the environment`},
		{`{{upper (lower VERSION)}}`, `m.tmpl:1:16: unknown variable "VERSION": not set in the environment`},
		{"\n{{#with build}}{{/with}}", `m.tmpl:2:1: unknown block {{#with}}: the blocks are #if, #unless and #each`},
		{"{{- range build.tags }}", `m.tmpl:1:3: unsupported text "- range build.tags" in a template`},
		{"{{> part}}", `m.tmpl:1:3: unsupported text "> part" in a template`},
		{"{{~build.tag}}", `m.tmpl:1:3: unsupported text "~build.tag" in a template`},
		{"{{build.tag~}}", `m.tmpl:1:3: unsupported text "build.tag~" in a template`},
		{"{{.Tag}}", `m.tmpl:1:3: unsupported text ".Tag" in a template`},
		{"{{#each build.tags}}{{../x}}{{/each}}", `m.tmpl:1:23: unsupported text "../x" in a template`},
		{"{{#each build.tags}}{{@index}}{{/each}}", `m.tmpl:1:23: unsupported text "@index" in a template`},
		{"{{#each build.tags as |t|}}{{/each}}", `m.tmpl:1:20: expected }}, found 'a'`},
		{"{{upper x=1}}", `m.tmpl:1:10: unsupported text "=1" in a template`},
		{`\{{x}}`, `m.tmpl:1:1: \{{ is not supported in a template`},
		{"{{}}", "m.tmpl:1:3: expected a name"},
		{"{{", "m.tmpl:1:3: expected a name"},
		{"{{build.tag", "m.tmpl:1:12: }} is missing"},
		{"{{{build.tag}}", "m.tmpl:1:13: expected }}}, found '}'"},
		{`{{upper "a}}`, "m.tmpl:1:9: the string is not closed"},
		{"{{!-- a }}", "m.tmpl:1:1: the comment is not closed: --}} is missing"},
		{"{{upper}}", "m.tmpl:1:3: helper upper: found 0 arguments, expected 1"},
		{`{{substr "a" 1 "b"}}`, `m.tmpl:1:10: helper substr: argument 1 must be a number, found "a"`},
		{`{{regexReplace "(" "a" "b"}}`, "m.tmpl:1:3: helper regexReplace: invalid pattern: error parsing regexp: missing closing ): `(`"},
		{"{{this}}", "m.tmpl:1:3: {{this}} outside of an #each block"},
		{"{{build.tags}}", "m.tmpl:1:3: a list cannot be printed: use {{#each build.tags}}"},
		{"{{upper build.tags}}", "m.tmpl:1:9: helper upper: argument 1 must be a text of at most 65536 bytes"},
		{"{{#each LONG}}{{/each}}", "m.tmpl:1:9: #each needs a list, such as build.tags"},
		{"a\n{{#if 1}}", "m.tmpl:2:1: {{#if}} is not closed: {{/if}} is missing"},
		{"{{#if 1}}{{/each}}", "m.tmpl:1:10: {{/each}} within {{#if}}: expected {{/if}}"},
		{"{{#if 1}}{{else}}{{else}}{{/if}}", "m.tmpl:1:18: {{else}} within {{#if}}: expected {{/if}}"},
		{"{{#if 1}}{{else unless 1}}{{/if}}", "m.tmpl:1:10: {{else unless}} is not supported: use {{else}} or {{else if}}"},
		{"{{/if}}", "m.tmpl:1:1: {{/if}} without a block before it"},
		{"{{else}}", "m.tmpl:1:1: {{else}} without a block before it"},
		{nested, "m.tmpl:1:457: nested deeper than 50"},
		{"{{x " + strings.Repeat("(x ", 60), "m.tmpl:1:155: nested deeper than 50"},
		{strings.Repeat(" ", MaxTemplate+1), "m.tmpl: the template is larger than the limit of 1024 KiB"},
		{"{{#each build.tags}}" + strings.Repeat("x", 2000) + "{{/each}}", "m.tmpl:1:1: the output of the template is larger than the limit of 1024 KiB"},
		{strings.Repeat("{{#each build.tags}}", 9) + strings.Repeat("{{/each}}", 9), "m.tmpl:1:169: the template takes too many steps"},
		{`{{upper (replace "a" "` + strings.Repeat("x", 256) + `" LONG)}}`, "m.tmpl:1:10: helper upper: argument 1 must be a text of at most 65536 bytes"},
	}
	for _, test := range tests {
		start := time.Now()
		got, err := Render("m.tmpl", []byte(test.in), env(many))
		var problems *spec.Error
		if !errors.As(err, &problems) || err.Error() != test.want {
			t.Errorf("Render(%.100q):\ngot  %.100q, %v\nwant %s", test.in, got, err, test.want)
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("Render(%.100q) took %v", test.in, took)
		}
	}
}

func TestTags(t *testing.T) {
	tests := []struct {
		env  string
		want string
		ok   bool
	}{
		{"", "", true},
		{"PLUGIN_TAGS=a, b,,", "a b", true},
		{"PLUGIN_TAG=a;PLUGIN_AUTO_TAG=false", "a", true},
		{"PLUGIN_AUTO_TAG=true;DRONE_COMMIT_REF=refs/tags/v1.2.3", "1 1.2 1.2.3", true},
		{"PLUGIN_DEFAULT_TAGS=1;CI_COMMIT_TAG=1.2.3;PLUGIN_TAGS=a", "1 1.2 1.2.3", true},
		{"PLUGIN_AUTO_TAG=true;CI_COMMIT_TAG=0.9.0", "0.9 0.9.0", true},
		{"PLUGIN_AUTO_TAG=true;CI_COMMIT_TAG=v1.2.3-rc1", "1.2.3-rc1", true},
		{"PLUGIN_AUTO_TAG=true;DRONE_COMMIT_REF=refs/heads/main;DRONE_REPO_BRANCH=main", "latest", true},
		{"PLUGIN_AUTO_TAG=true;DRONE_COMMIT_REF=refs/heads/x;DRONE_REPO_BRANCH=main", "", false},
		{"PLUGIN_AUTO_TAG=true;DRONE_COMMIT_REF=refs/pull/1/head;DRONE_REPO_BRANCH=main", "", false},
		{"PLUGIN_AUTO_TAG=true", "", false},
	}
	for _, test := range tests {
		vars := map[string]string{}
		for pair := range strings.SplitSeq(test.env, ";") {
			key, value, _ := strings.Cut(pair, "=")
			vars[key] = value
		}
		if tags, ok := Tags(env(vars)); strings.Join(tags, " ") != test.want || ok != test.ok {
			t.Errorf("Tags(%s) = %q, %v, want %q, %v", test.env, tags, ok, test.want, test.ok)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		"image: a:" + giteaTag + "\n{{#each build.tags}}\n- {{this}}\n{{/each}}",
		"{{#unless (contains \"-rc\" build.tag)}}\n a {{else if X}}{{{X}}}{{/unless}}", "{{!-- --}}\r\n{{! }}",
		`{{regexReplace "(a*)+" (default 'x' X) "$1"}}{{substr 0 -7 "äb"}}{{trunc -1 'a'}}{{replace "" "x" X}}`,
		"{{#each build.tags}}{{#each build.tags}}{{else}}{{/each}}{{/each}}", "{{{x}}{{", `{{truncate "a" -9223372036854775808}}`,
	} {
		f.Add(seed)
	}
	vars := env(map[string]string{"PLUGIN_TAGS": "1,1.2", "X": "aaaa", "DRONE_TAG": "v1"})
	f.Fuzz(func(t *testing.T, in string) {
		start := time.Now()
		out, err := Render("m.tmpl", []byte(in), vars)
		if took := time.Since(start); took > 30*time.Second {
			t.Fatalf("took %v", took)
		}
		var problems *spec.Error
		switch {
		case err == nil && len(out) > MaxTemplate:
			t.Fatalf("%d bytes", len(out))
		case err == nil && !strings.Contains(in, "{{") && string(out) != strings.TrimSpace(strings.TrimPrefix(in, "\ufeff")):
			t.Fatalf("text became %q", out)
		case err != nil && (!errors.As(err, &problems) || len(problems.Problems) == 0):
			t.Fatalf("an error without a place: %v", err)
		case err == nil && utf8.ValidString(in) && !utf8.Valid(out):
			t.Fatalf("characters were cut: %q", out)
		}
		if err != nil {
			for _, p := range problems.Problems {
				if p.Line < 1 || p.Column < 1 || p.Text == "" || p.Line > 1+strings.Count(in, "\n") {
					t.Fatalf("problem %+v", p)
				}
			}
		}
	})
}
