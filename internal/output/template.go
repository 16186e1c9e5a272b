package output

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/internal/rawjson"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

const (
	// maxTemplate is how many bytes a template may print for one image.
	maxTemplate = 64 << 20
	// templateTime is how long a template may run for one image: a range over a large number takes any time.
	templateTime = 20 * time.Second
)

// A Template is a Go template of --format.
type Template struct{ parsed *template.Template }

// ParseTemplate parses a Go template.
func ParseTemplate(text string) (*Template, error) {
	parsed, err := template.New("format").Option("missingkey=error").Funcs(templateFunctions).Parse(text)
	if err != nil {
		return nil, Usagef("--format: %s", templateProblem(err))
	}
	return &Template{parsed}, nil
}

// needsConfigs matches what prints the configs of the images: the field Image, or the whole data as JSON.
var needsConfigs = lazyregexp.New(`\.Image\b|\bjson(Pretty)?\s+[.$](\s|[|)}-])|[.$]\s*\|\s*json`)

// NeedsConfigs reports whether the template may print the configs of images.
func (t *Template) NeedsConfigs() bool { return needsConfigs().MatchString(t.parsed.Root.String()) }

// templateFunctions are those beside the functions of Go templates. Names and arguments are those of docker's.
var templateFunctions = template.FuncMap{
	"json":       func(v any) (string, error) { return templateJSON(v, "") },
	"jsonPretty": func(v any) (string, error) { return templateJSON(v, "  ") },
	"join":       strings.Join,
	"split":      strings.Split,
	"lower":      strings.ToLower,
	"upper":      strings.ToUpper,
	"contains":   strings.Contains,
	"hasPrefix":  strings.HasPrefix,
	"trimPrefix": strings.TrimPrefix,
	"trimSuffix": strings.TrimSuffix,
	"replace":    strings.ReplaceAll,
	"size":       HumanSize,
	"platform":   templatePlatform,
}

func templateJSON(v any, indent string) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(string(rawjson.Printable(b.Bytes())), "\n"), nil
}

// templatePlatform is os/architecture/variant of an entry or a platform, or unknown.
func templatePlatform(v any) (string, error) {
	switch v := v.(type) {
	case descriptorData:
		return v.Platform.text(), nil
	case *platformData:
		return v.text(), nil
	case *imageData:
		return PlatformName(v.platform), nil
	}
	return "", errors.New("platform takes an entry of Manifests, its Platform, or the image")
}

// PrintTemplate prints what a template makes of an image or an index.
func (p *Printer) PrintTemplate(ctx context.Context, t *Template, name string, found plan.Inspection) error {
	data, err := newImageData(name, found)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, templateTime, errEndless)
	defer cancel()
	text, err := t.execute(ctx, data)
	if err != nil {
		return err
	}
	if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
		text = append(text, '\n')
	}
	return p.writeText(text)
}

var errEndless = Usagef("--format: the template does not end")

// execute runs the template until the context ends. A template that does not end stays behind; the program ends with the
// error.
func (t *Template) execute(ctx context.Context, data any) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		b := limitedBuffer{ctx: ctx}
		err := t.parsed.Execute(&b, data)
		done <- result{b.Bytes(), err}
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case r := <-done:
		if r.err != nil {
			return nil, Usagef("--format: %s", templateProblem(r.err))
		}
		return r.text, nil
	}
}

// A limitedBuffer keeps a bounded text, until its context ends.
type limitedBuffer struct {
	bytes.Buffer
	ctx context.Context
}

func (b *limitedBuffer) Write(text []byte) (int, error) {
	if b.Len()+len(text) > maxTemplate {
		return 0, fmt.Errorf("the template prints more than %d MiB", maxTemplate>>20)
	}
	if b.ctx.Err() != nil {
		return 0, b.ctx.Err()
	}
	return b.Buffer.Write(text)
}

var (
	templateError = lazyregexp.New(`^template: format:(\d+)(?::(\d+))?: (?:executing "[^"]*" at (<.*?>): )?`)
	unknownField  = lazyregexp.New(`can't evaluate field (\w+) in type \*?(?:output\.(\w+)|[\w.*\[\]]+)$`)
	failedCall    = lazyregexp.New(`^error calling \w+: `)
)

// templateProblem is the error of a template with its place, in words for the user of --format.
func templateProblem(err error) string {
	text := err.Error()
	m := templateError().FindStringSubmatch(text)
	if m == nil {
		return text
	}
	place := "line " + m[1]
	if m[2] != "" {
		place += ", column " + m[2]
	}
	if m[3] != "" {
		place += ", " + m[3]
	}
	text = failedCall().ReplaceAllString(strings.TrimPrefix(text, m[0]), "")
	if f := unknownField().FindStringSubmatch(text); f != nil {
		fields := templateFields(f[2])
		text = "unknown field " + f[1]
		if fields != nil {
			text += nearest.DidYouMean(f[1], fields...) + "; the fields are " + strings.Join(fields, ", ")
		}
	}
	return "template, " + place + ": " + text
}

// writeText writes a text of registries as it is. On a terminal, it is escaped.
func (p *Printer) writeText(text []byte) error {
	if isTerminal(p.stdout.to) {
		text = printableLines(text)
	}
	return p.WriteResult(text)
}

// printableLines escapes a text, and keeps its lines and tabs.
func printableLines(text []byte) []byte {
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		for k := range cells {
			cells[k] = Printable(cells[k])
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return []byte(strings.Join(lines, "\n"))
}

// configOf decodes the config of an image for a template.
func configOf(d *plan.ImageDetails) (*v1.ConfigFile, error) {
	var config v1.ConfigFile
	if err := json.Unmarshal(d.ConfigBytes, &config); err != nil {
		return nil, fmt.Errorf("config %s: not the config of an image", d.Config.Digest)
	}
	return &config, nil
}
