package spec

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// lintText lints a spec with some entries, one a line from line 4 on, and returns RULE@LINE:COLUMN of each finding.
func lintText(text string) []string {
	_, findings := Lint("f", strings.NewReader(text), Options{Strict: true})
	var got []string
	for _, f := range findings {
		got = append(got, fmt.Sprintf("%s@%d:%d", f.Rule, f.Line, f.Column))
	}
	return got
}

func TestLintEntries(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("a", 64)
	for name, test := range map[string]struct {
		entries []string
		want    []string
	}{
		"sound":            {entries: []string{"{image: r.example/app:1-amd64" + digest + ", platform: linux/amd64}", "{image: r.example/app:1-arm64" + digest + ", platform: linux/arm64}"}},
		"by tag":           {entries: []string{"{image: r.example/app, platform: linux/amd64}"}, want: []string{"source-by-tag@4:11"}},
		"wrong word":       {entries: []string{"{image: r.example/app:1-amd64" + digest + ", platform: linux/arm64}"}, want: []string{"name-mismatch@4:11"}},
		"word with _":      {entries: []string{"{image: 'r.example/app:1-x86_64" + digest + "', platform: linux/arm64}"}, want: []string{"name-mismatch@4:11"}},
		"words with _":     {entries: []string{"{image: 'r.example/app:1-linux_amd64" + digest + "', platform: linux/arm64}"}, want: []string{"name-mismatch@4:11"}},
		"alias in name":    {entries: []string{"{image: 'r.example/app:1-armhf" + digest + "', platform: linux/arm/v7}"}},
		"docker library":   {entries: []string{"{image: 'arm64v8/app" + digest + "', platform: linux/arm64}", "{image: 'arm32v7/app" + digest + "', platform: linux/amd64}"}, want: []string{"name-mismatch@5:11"}},
		"arm as a company": {entries: []string{"{image: 'r.example/arm/app" + digest + "', platform: linux/amd64}"}},
		"two words":        {entries: []string{"{image: 'r.example/amd64/app:arm64" + digest + "', platform: linux/amd64}"}},
		"same image":       {entries: []string{"{image: 'r.example/app" + digest + "', platform: linux/amd64}", "{image: 'r.example/app" + digest + "', platform: linux/arm64}"}, want: []string{"same-image@5:11"}},
		"same platform":    {entries: []string{"{image: 'r.example/app:a" + digest + "', platform: linux/arm64}", "{image: 'r.example/app:b" + digest + "', platform: linux/arm64/v8}"}, want: []string{"same-platform@5:112"}},
		"same everything":  {entries: []string{"{image: 'r.example/app" + digest + "', platform: linux/amd64}", "{image: 'r.example/app" + digest + "', platform: linux/amd64}"}, want: []string{"same-platform@5:110"}},
		"windows":          {entries: []string{"{image: 'r.example/app:a" + digest + "', platform: windows/amd64}", "{image: 'r.example/app:b" + digest + "', platform: windows/amd64}"}},
		"no platforms":     {entries: []string{"{image: 'r.example/app:a" + digest + "'}", "{image: 'r.example/app:b" + digest + "'}"}},
		"one platform":     {entries: []string{"{image: 'r.example/app:a" + digest + "'}", "{image: 'r.example/app:b" + digest + "', platform: linux/amd64}"}, want: []string{"platform-missing@4:3"}},
		"none":             {entries: []string{"{image: 'r.example/app:a" + digest + "', platform: none}", "{image: 'r.example/app:b" + digest + "', platform: none}"}},
		"alias":            {entries: []string{"{image: 'r.example/app:a" + digest + "', platform: linux/aarch64}"}, want: []string{"platform-alias@4:112"}},
		"alias in keys":    {entries: []string{"{image: 'r.example/app:a" + digest + "', platform: {os: linux, architecture: armhf}}"}, want: []string{"platform-alias@4:138"}},
		"key":              {entries: []string{"{image: 'r.example/app:a" + digest + "', platfrom: linux/arm64}"}, want: []string{"unknown-key@4:102"}},
		"invalid":          {entries: []string{"{image: 'r.example/App', platform: linux/amd64}", "{image: 'r.example/app', platform: linux/amd65}"}, want: []string{"invalid@4:11", "source-by-tag@5:11", "invalid@5:38"}},
		"on disk":          {entries: []string{"{image: 'oci-layout:amd64', platform: linux/arm64}"}},
		"merged":           {entries: []string{"&a {image: 'r.example/app:b', platform: linux/arm64}", "{<<: *a, platform: linux/amd64}"}, want: []string{"source-by-tag@4:14", "same-image@5:3", "source-by-tag@5:3"}},
	} {
		text := "image: r.example/app\ntags: [x]\nmanifests:\n- " + strings.Join(test.entries, "\n- ") + "\n"
		if got := lintText(text); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestLint(t *testing.T) {
	const one = "image: r.example/app%s\nmanifests: [{image: r.example/x@sha256:%064d}]\n"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"sound":     {text: fmt.Sprintf(one, ":1", 1)},
		"untagged":  {text: fmt.Sprintf(one, "", 1), want: []string{"untagged-target@1:8"}},
		"documents": {text: fmt.Sprintf(one, ":1", 1) + "---\n" + fmt.Sprintf(one, "", 1) + "---\nimage: r.example/x:y\nmanifest: []\n", want: []string{"untagged-target@4:8", "invalid@7:1", "unknown-key@8:1"}},
		"syntax":    {text: "image: [", want: []string{"invalid@1:0"}},
		"empty":     {want: []string{"invalid@0:0"}},
		"bomb":      {text: "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nimage: r.example/x:y\nmanifests: [{image: r.example/x@sha256:" + strings.Repeat("0", 64) + "}]\ntags: *b", want: []string{"unknown-key@1:1", "invalid@1:4", "unknown-key@2:1"}},
	} {
		got := lintText(test.text)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A spec with an error is not among the specs.
func TestLintSpecs(t *testing.T) {
	specs, findings := Lint("f", strings.NewReader("a: b\n---\nimage: r.example/app:1\nmanifests: [{image: r.example/x}]\n"), Options{})
	if len(specs) != 1 || specs[0].Name() != "f:2" || specs[0].Line != 3 || specs[0].Column != 8 || specs[0].File != "f" || len(findings) == 0 {
		t.Errorf("%d specs, %v", len(specs), findings)
	}
}

// A spec of the largest size gets all its findings, in little time.
func TestLintOfManyEntries(t *testing.T) {
	var b strings.Builder
	b.WriteString("image: r.example/app:1\nmanifests:\n")
	for i := range MaxEntries {
		fmt.Fprintf(&b, "- {image: r.example/app:%d, platform: linux/aarch64}\n", i)
	}
	if got := lintText(b.String()); len(got) != 3*MaxEntries-1 {
		t.Errorf("%d findings", len(got))
	}
}

func TestLintOrder(t *testing.T) {
	const spec = "image: r.example/app:%s\nmanifests: [{image: r.example/app:%s}]\n"
	text := fmt.Sprintf(spec, "a", "b") + "---\n" + fmt.Sprintf(spec, "b", "a") + "---\n" + fmt.Sprintf(spec, "a", "x") + "---\n" + fmt.Sprintf(spec, "a", "y")
	specs, _ := Lint("f", strings.NewReader(text), Options{})
	var got []string
	for _, f := range LintOrder(specs) {
		got = append(got, fmt.Sprintf("%s %s", f.Rule, f))
	}
	want := []string{
		"pushed-twice f:7:8: f:1 and f:6 both push r.example/app:a",
		"pushed-twice f:10:8: f:1 and f:9 both push r.example/app:a",
		"circle f:4:8: the specs need the images of one another: f:1 needs f:3 needs f:1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := LintOrder(specs[1:2]); got != nil {
		t.Errorf("%v", got)
	}
}

// Every finding has a rule, and lint finds an error exactly where LoadAll does.
func FuzzLint(f *testing.F) {
	f.Add("image: a\nmanifests: [{image: a-amd64, platform: linux/arm64}, {image: a-amd64}]\n---\n{}")
	f.Add("image: a:1\nmanifests: [&a {image: b, platform: linux/armhf}, *a, {<<: *a}]\nx: y\n")
	f.Fuzz(func(t *testing.T, text string) {
		specs, findings := Lint("f", strings.NewReader(text), Options{})
		loaded, _, err := LoadAll("f", strings.NewReader(text), nil, Options{})
		bad := 0
		for _, found := range findings {
			if SeverityOf(found.Rule) == LintError {
				bad++
			}
			if found.Line < 0 || found.Column < 0 || found.Text == "" {
				t.Errorf("%+v", found)
			}
		}
		if (bad > 0) != (err != nil) || len(specs) != len(loaded) {
			t.Errorf("%d errors and %d specs; LoadAll: %v and %d specs", bad, len(specs), err, len(loaded))
		}
		LintOrder(specs)
	})
}
