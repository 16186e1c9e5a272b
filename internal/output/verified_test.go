package output

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/schematest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

// hostileText is what a registry may put into an error.
const hostileText = "100% \x1b[2J,\r\n::error::x ]]> <a & \"b\"\u202e https://u:pw@host/x?token=abc"

// verifiedSamples are a damaged image, a whole one, one that could not be read, and a repaired one.
func verifiedSamples(t *testing.T) []verify.Result {
	t.Helper()
	ref, err := spec.ParseReference("localhost:5000/app:1.0")
	if err != nil {
		t.Fatal(err)
	}
	disk, err := spec.ParseReference("oci-layout:a b/c:1.0")
	if err != nil {
		t.Fatal(err)
	}
	at := spec.Reference{Place: ref.Place, Digest: registry.DigestOf([]byte("layer"))}
	onDisk := spec.Reference{Place: disk.Place, Digest: at.Digest}
	rule := func(id string) verify.Rule {
		return verify.Rules[slices.IndexFunc(verify.Rules, func(r verify.Rule) bool { return r.ID == id })]
	}
	findings := []verify.Finding{
		{Rule: rule("layer-missing"), Where: at, Platforms: []v1.Platform{{OS: "linux", Architecture: "arm64"}}, What: hostileText},
		{Rule: rule("mixed-formats"), Where: onDisk, What: "two formats"},
	}
	return []verify.Result{
		{Subject: "app", Reference: ref, Tags: []string{"1.0", "latest"}, Digest: at.Digest, Manifests: 3, Blobs: 4, Referrers: 1, Findings: findings, Platforms: findings[0].Platforms},
		{Subject: "app", Reference: disk, Digest: at.Digest, Deep: true},
		{Subject: "gone", Reference: ref, Err: errors.New(hostileText)},
		{Subject: "app", Reference: ref, Findings: findings[1:], Repair: &verify.Repair{Before: findings, Brought: []v1.Hash{at.Digest}, NotFound: []v1.Hash{at.Digest}, Err: errors.New("x")}},
	}
}

// printed is what is printed in a format. No control character and no secret gets through.
func printed(t *testing.T, format string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if err := New(&out, &errs).PrintVerified(verifiedSamples(t), format); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.String() {
		if !unicode.IsPrint(r) && r != '\n' {
			t.Errorf("%s: the output has %q", format, r)
		}
	}
	if strings.Contains(out.String(), "pw@") || strings.Contains(out.String(), "abc") {
		t.Errorf("%s shows a secret:\n%s", format, out.String())
	}
	return out.Bytes()
}

func TestVerifiedText(t *testing.T) {
	raw := printed(t, "text")
	for line := range strings.SplitSeq(string(raw), "\n") {
		if len([]rune(line)) > columns && strings.Contains(line[2:], " ") && !strings.HasPrefix(line, "localhost") && !strings.Contains(line, "@sha256:") {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	for _, want := range []string{
		"SEVERITY  RULE           WHERE\nerror     layer-missing  linux/arm64\n  sha256:",
		"\n  fix: push the image again",
		"\nwarning   mixed-formats  image\n  oci-layout:a b/c@sha256:",
		"\nlocalhost:5000/app:1.0 (and latest): 1 error and 1 warning, 1 platform, 3 manifests, 4 blobs, 1 referrer\n",
		"\noci-layout:a b/c:1.0: whole, 0 platforms, 0 manifests, 0 blobs read\n",
		"\nlocalhost:5000/app:1.0: not verified: 100%",
		"\nlocalhost:5000/app:1.0: whole, with 1 warning, 1 of 2 objects repaired\n",
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("the text lacks %q:\n%s", want, raw)
		}
	}
}

// A repair says what it found, also if that is nothing.
func TestVerdictOfRepair(t *testing.T) {
	r := verify.Result{Reference: verifiedSamples(t)[0].Reference, Repair: &verify.Repair{NotFound: make([]v1.Hash, 3)}}
	if got := verdict(r); !strings.HasSuffix(got, ", 0 of 3 objects repaired") {
		t.Error(got)
	}
}

// A finding about many platforms fits on a terminal.
func TestVerifiedTextOfManyPlatforms(t *testing.T) {
	r := verifiedSamples(t)[0]
	for range 7 {
		r.Findings[0].Platforms = append(r.Findings[0].Platforms, r.Platforms[0])
	}
	if text := string(verifiedText([]verify.Result{r})); !strings.Contains(text, "\nerror     layer-missing  8 platforms\n") {
		t.Error(text)
	}
}

func TestVerifiedJSON(t *testing.T) {
	raw := printed(t, "json")
	if name, err := schematest.Load(t, os.DirFS(schemas)).CheckOutput(raw); name != "verify-v1" || err != nil {
		t.Errorf("%s: %v\n%s", name, err, raw)
	}
	if empty := registry.MustCompactJSON(verifiedOutput([]verify.Result{{}})); bytes.Contains(empty, []byte("null")) {
		t.Errorf("a list is null: %s", empty)
	}
}

func TestVerifiedJUnit(t *testing.T) {
	raw := printed(t, "junit")
	type reason struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
	}
	var read struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Suites   []struct {
			Cases []struct {
				Failure *reason `xml:"failure"`
				Output  string  `xml:"system-out"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(raw, &read); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	if read.Tests != 5 || read.Failures != 1 || read.Errors != 1 || len(read.Suites) != 4 {
		t.Errorf("%+v\n%s", read, raw)
	}
	if c := read.Suites[0].Cases[0]; c.Failure == nil || c.Failure.Type != "layer-missing" || !strings.Contains(c.Failure.Message, "]]> <a & \"b\"") {
		t.Errorf("%+v", c)
	}
	if c := read.Suites[0].Cases[1]; c.Failure != nil || !strings.HasPrefix(c.Output, "warning: ") {
		t.Errorf("a warning is a failure: %+v", c)
	}
}

// The properties that the SARIF schema requires (sarif-schema-2.1.0.json), and those that GitHub asks for.
func TestVerifiedSARIF(t *testing.T) {
	raw := printed(t, "sarif")
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID                   string
						ShortDescription     struct{ Text string }
						DefaultConfiguration struct{ Level string }
					}
				}
			}
			Invocations []struct {
				ExecutionSuccessful        bool
				ToolExecutionNotifications []struct{ Message struct{ Text string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
				PartialFingerprints map[string]string
			}
		}
	}
	if err := json.Unmarshal(raw, &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || run.Tool.Driver.Name == "" || run.Invocations[0].ExecutionSuccessful || len(run.Invocations[0].ToolExecutionNotifications) != 1 || len(run.Results) != 3 {
		t.Fatalf("%s", raw)
	}
	for _, rule := range run.Tool.Driver.Rules {
		if rule.ShortDescription.Text == "" || !slices.Contains([]string{"error", "warning"}, rule.DefaultConfiguration.Level) {
			t.Errorf("rule %+v", rule)
		}
	}
	for _, r := range run.Results {
		if r.RuleID != run.Tool.Driver.Rules[r.RuleIndex].ID || r.Message.Text == "" || r.Level == "" || len(r.PartialFingerprints) != 1 {
			t.Errorf("result %+v", r)
		}
		u, err := url.Parse(r.Locations[0].PhysicalLocation.ArtifactLocation.URI)
		if err != nil || u.Scheme == "" || strings.Contains(u.String(), " ") {
			t.Errorf("URI %q: %v", u, err)
		}
	}
}

func TestVerifiedGitHub(t *testing.T) {
	commands := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(string(printed(t, "github")), "\n"), "\n") {
		if !strings.HasPrefix(line, "::") {
			continue
		}
		commands++
		head, text, ok := strings.Cut(line[2:], "::")
		word, title, titled := strings.Cut(head, " title=")
		if !ok || !titled || word != "error" && word != "warning" || strings.ContainsAny(title, ":,\n") || text == "" {
			t.Errorf("%s", line)
		}
		if strings.Contains(text, "100%") && !strings.Contains(text, "100%25 ") {
			t.Errorf("the percent sign is not escaped: %s", line)
		}
	}
	if commands != 4 {
		t.Errorf("%d commands, want 4", commands)
	}
	if got, want := commandProperty("a:b,c%\r\n"), "a%3Ab%2Cc%25%0D%0A"; got != want {
		t.Errorf("property %q, want %q", got, want)
	}
	if got, want := commandData("a:b,c%\r\n"), "a:b,c%25%0D%0A"; got != want {
		t.Errorf("data %q, want %q", got, want)
	}
}

func TestFindingsOf(t *testing.T) {
	samples := verifiedSamples(t)
	for _, test := range []struct {
		results []verify.Result
		strict  bool
		want    string
	}{
		{samples, false, "verify: 1 finding in 1 of 4 images"},
		{samples, true, "verify: 3 findings in 2 of 4 images"},
		{samples[3:], false, ""},
		{samples[3:], true, "verify: 1 finding"},
	} {
		got := errorText(FindingsOf(test.results, test.strict))
		if got != test.want {
			t.Errorf("strict %t: %q, want %q", test.strict, got, test.want)
		}
	}
}
