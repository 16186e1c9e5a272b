package output

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/signer"
)

// hostile is a text that drives a terminal, forges a line, and commands a CI runner.
const hostile = "\x1b[31mred\n::error::forged\r##[error]x\u202e"

// hostileImage is a single image whose config, layers and referrers have hostile texts.
func hostileImage(t *testing.T) plan.Inspection {
	t.Helper()
	config, err := json.Marshal(v1.ConfigFile{Author: hostile, OS: "linux", Architecture: hostile, Config: v1.Config{
		Labels: map[string]string{hostile: hostile, "b": "2"}, Env: []string{hostile}, Entrypoint: []string{hostile}, User: hostile, WorkingDir: hostile,
		ExposedPorts: map[string]struct{}{hostile: {}}, StopSignal: hostile, Healthcheck: &v1.HealthConfig{Test: []string{hostile}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	blob := v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: registry.DigestOf(config), Size: int64(len(config)), Annotations: map[string]string{plan.PredicateType: hostile}}
	referrer := plan.InspectedReferrer{Image: plan.ImageDetails{ArtifactType: hostile}, Signers: []signer.Signer{{Identity: hostile, Issuer: hostile}}}
	referrer.Descriptor = blob
	referrer.Statements = []plan.Statement{{Problem: hostile}}
	return plan.Inspection{
		Manifest:  registry.NewManifest(types.OCIManifestSchema1, []byte(`{"schemaVersion":2,"config":{},"layers":[],"annotations":{"a":"\u001b[31m"}}`)),
		Image:     &plan.ImageDetails{Platform: v1.Platform{OS: "linux", Architecture: hostile}, Config: blob, Layers: []v1.Descriptor{blob}, ConfigBytes: config},
		Referrers: []plan.InspectedReferrer{referrer},
	}
}

// Text of images and registries does not drive a terminal, in any form for people.
func TestInspectionIsPrintable(t *testing.T) {
	found := hostileImage(t)
	asIndex := found
	asIndex.Image, asIndex.Entries = nil, []plan.InspectedEntry{
		{Entry: index.Entry{Kind: index.Image, Platform: v1.Platform{OS: hostile, Architecture: "x"}}, Image: found.Image},
		{Entry: index.Entry{Kind: index.Attestation}, Image: found.Image, Statements: []plan.Statement{{Layer: found.Image.Config.Digest, Problem: hostile}}},
	}
	choice := plan.NodeChoice{Manifest: found.Manifest, Chosen: found.Manifest, Platform: v1.Platform{OS: hostile}, Node: v1.Platform{OS: "linux", OSVersion: hostile, OSFeatures: []string{hostile}}}
	for name, print := range map[string]func(*Printer) error{
		"text": func(p *Printer) error { return p.PrintInspection(hostile, found) }, "text of an index": func(p *Printer) error { return p.PrintInspection(hostile, asIndex) },
		"tree": func(p *Printer) error { return p.PrintTree(hostile, found) }, "tree of an index": func(p *Printer) error { return p.PrintTree(hostile, asIndex) },
		"table": func(p *Printer) error { return p.PrintTable(asIndex) }, "labels": func(p *Printer) error { return p.PrintLabels(found) },
		"json": func(p *Printer) error { return p.PrintInspectionJSON(found, true) }, "node": func(p *Printer) error { return p.PrintNodeChoice(hostile, choice) },
	} {
		var out strings.Builder
		if err := print(New(&out, io.Discard)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for line := range strings.SplitSeq(out.String(), "\n") {
			if strings.ContainsAny(line, "\x1b\r\u202e") || strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
				t.Errorf("%s prints %q", name, line)
			}
		}
		if !strings.Contains(out.String(), "forged") {
			t.Errorf("%s does not print the text: %q", name, out.String())
		}
	}
}

func TestPrintableLines(t *testing.T) {
	if got := string(printableLines([]byte("a\tb\n\x1b[31m\n::x\n"))); got != "a\tb\n\\u001b[31m\n\\u003a:x\n" {
		t.Errorf("%q", got)
	}
}

// printTemplate runs a template on an image, as for a pipe.
func printTemplate(t *testing.T, text string, found plan.Inspection) (string, error) {
	t.Helper()
	parsed, err := ParseTemplate(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = New(&out, io.Discard).PrintTemplate(t.Context(), parsed, "app:1", found)
	return out.String(), err
}

func TestTemplate(t *testing.T) {
	found := hostileImage(t)
	if got, err := printTemplate(t, `{{index .Labels "b"}} {{.Name}}`, found); err != nil || got != "2 app:1\n" {
		t.Errorf("%q, %v", got, err)
	}
	// a pipe gets the text of the image, and JSON is escaped in any case
	if got, err := printTemplate(t, `{{index .Env 0}}`, found); err != nil || got != hostile+"\n" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := printTemplate(t, `{{json .Env}}`, found); err != nil || strings.ContainsAny(got, "\x1b\r") || !json.Valid([]byte(got)) {
		t.Errorf("%q, %v", got, err)
	}
	for text, want := range map[string]string{
		"{{.Frob}}":           "unknown field Frob; the fields are Annotations, Architecture, Config, Created, Digest, Env, Image, Labels, Layers, Manifest, Manifests, MediaType, Name, Os, Size, Variant",
		"{{.Manifest.Digst}}": "unknown field Digst; did you mean Digest?; the fields are",
		"x\n{{index .Env 7}}": "template, line 2, column 2, <index .Env 7>: index out of range: 7",
		"{{range}}{{end}}":    "template, line 1: missing value for range",
		"{{platform 7}}":      "platform takes an entry of Manifests, its Platform, or the image",
		"{{template \"x\"}}":  "template",
		"{{define \"a\"}}{{template \"a\" .}}{{end}}{{template \"a\" .}}": "exceeded maximum template depth",
		"{{range 70000}}{{printf \"%1000s\" \"x\"}}{{end}}":               "the template prints more than 64 MiB",
	} {
		_, err := printTemplate(t, text, found)
		if err == nil || !as[UsageError](err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A template that does not end is given up.
func TestTemplateEnds(t *testing.T) {
	parsed, err := ParseTemplate("{{range 4000000000}}{{end}}")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errEndless)
	defer cancel()
	if _, err := parsed.execute(ctx, &imageData{}); !errors.Is(err, errEndless) {
		t.Error(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := parsed.execute(stopped, &imageData{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestNeedsConfigs(t *testing.T) {
	for text, want := range map[string]bool{
		"{{json .}}": true, "{{. | json}}": true, "{{json $}}": true, "{{json .Image}}": true, `{{index .Image "a"}}`: true, "{{jsonPretty .}}": true,
		"{{.Digest}}": false, "{{json .Manifest}}": false, "{{range .Manifests}}{{.Platform.OS}}{{end}}": false, "{{.ImageX}}": false,
	} {
		parsed, err := ParseTemplate(text)
		if err != nil {
			if text == "{{.ImageX}}" {
				continue
			}
			t.Fatal(err)
		}
		if got := parsed.NeedsConfigs(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestInspectErrors(t *testing.T) {
	one, two := errors.New("one"), registry.Errorf(registry.ErrNotFound, "two")
	if err := InspectErrors([]error{one}, 1); err != one {
		t.Error(err)
	}
	err := InspectErrors([]error{two, one}, 3)
	if p := Explain(t.Context(), "inspect", err); p.Code != ExitNotFound || p.message != "2 of 3 images failed:\ntwo\none" {
		t.Errorf("%+v", p)
	}
	if InspectErrors(nil, 3) != nil {
		t.Error("no error is one")
	}
}

// oneImage takes an image of an index only if all are the same.
func TestOneImage(t *testing.T) {
	entry := func(config string) plan.InspectedEntry {
		return plan.InspectedEntry{Entry: index.Entry{Kind: index.Image, Platform: v1.Platform{OS: "linux", Architecture: config}}, Image: &plan.ImageDetails{ConfigBytes: []byte(config)}}
	}
	same := func(a, b *plan.ImageDetails) bool { return string(a.ConfigBytes) == string(b.ConfigBytes) }
	missing := plan.InspectedEntry{Entry: index.Entry{Kind: index.Image}, Missing: true}
	for _, tt := range []struct {
		entries []plan.InspectedEntry
		want    string
	}{
		{[]plan.InspectedEntry{entry("a"), entry("a")}, ""},
		{[]plan.InspectedEntry{entry("a"), entry("b")}, "add --platform with one of linux/a, linux/b"},
		{[]plan.InspectedEntry{missing}, "has no image with a config"},
		{nil, "has no image with a config"},
	} {
		_, err := oneImage(plan.Inspection{Entries: tt.entries}, "labels", same)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}
