package spec

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/schematest"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// The schema in docs/schema/spec.schema.json has the same verdict as the parser. The verdict of the parser is that of
// Load with Strict and AllowUnknownPlatform: the schema refuses unknown keys, and suggests the words of a platform
// without a refusal of others. The verdicts are compared for two views of a file:
//
//   - as the parser reads the file: each scalar that is not null is its text. The verdicts are equal, except for what
//     no schema can say. The tests list each such case with its reason.
//   - as editors read the file: some scalars are numbers and truths. The schema accepts all that the parser accepts.
//     The text of a number is lost (the tag +5 is 5), so the schema may accept more.
//
// A file that is no YAML document has no value, and so no verdict of the schema.

const docs = "../docs/schema"

func loadSchemas(t testing.TB) schematest.Schemas {
	t.Helper()
	return schematest.Load(t, os.DirFS(docs))
}

// A view makes values of the nodes of a file. It collects the faults that are lost on the way.
type view struct {
	decoder
	isTyped bool
}

func (v *view) of(n *yaml.Node) any {
	n = v.follow(n)
	switch {
	case n.Kind == yaml.MappingNode:
		value := map[string]any{}
		for _, f := range v.fields(n, "") {
			value[f.key.Value] = v.of(f.value)
		}
		return value
	case n.Kind == yaml.SequenceNode:
		value := []any{}
		for _, item := range n.Content {
			value = append(value, v.of(item))
		}
		return value
	case isNull(n):
		return nil
	case v.isTyped:
		return typed(n)
	}
	return n.Value
}

// typed is a scalar with its type.
func typed(n *yaml.Node) any {
	var truth bool
	var number float64
	switch n.ShortTag() {
	case "!!bool":
		if n.Decode(&truth) == nil {
			return truth
		}
	case "!!int", "!!float":
		if n.Decode(&number) == nil {
			if math.IsNaN(number) || math.IsInf(number, 0) {
				number = math.Copysign(math.MaxFloat64, number)
			}
			text, _ := json.Marshal(number)
			return json.Number(text)
		}
	}
	return n.Value
}

// A verdict is what the parser and the schema say of a file.
type verdict struct {
	parser, schema, editor error
	isDocument             bool
}

func judge(schemas schematest.Schemas, in string) verdict {
	var d decoder
	root := d.root([]byte(in))
	_, _, err := Load("spec.yaml", strings.NewReader(in), Options{Strict: true, AllowUnknownPlatform: true})
	v := verdict{parser: err, isDocument: root != nil && d.problems == nil}
	if v.isDocument {
		text, editor := view{}, view{isTyped: true}
		v.schema = schemas.Validate(schematest.Spec, text.of(root))
		v.editor = schemas.Validate(schematest.Spec, editor.of(root))
	}
	return v
}

// check reports verdicts that differ, unless there is a reason.
func (v verdict) check(t *testing.T, in, reason string) {
	t.Helper()
	differs := (v.parser == nil) != (v.schema == nil)
	switch {
	case !v.isDocument && v.parser == nil:
		t.Errorf("no document, but a spec:\n%s", in)
	case !v.isDocument:
	case differs && reason == "" || v.parser == nil && v.schema != nil:
		t.Errorf("%s\nthe parser says %v\nthe schema says %v", in, v.parser, v.schema)
	case !differs && reason != "":
		t.Errorf("%s\nboth say %v: there is no exception (%s)", in, v.parser, reason)
	}
	if v.isDocument && v.parser == nil && v.editor != nil {
		t.Errorf("%s\nan editor shows %v", in, v.editor)
	}
}

func TestSchemaOfTables(t *testing.T) {
	const twice, spellings = "a value has each key once", "two spellings of one key"
	unsayable := map[string]string{
		"duplicate key":                 twice,
		"duplicate key in an entry":     twice,
		"duplicate annotation":          twice,
		"duplicate by another spelling": spellings,
		"image a list without end":      "100 different places: a place may be named more than once",
	}
	schemas := loadSchemas(t)
	for _, tests := range [][]struct{ name, in, want string }{loadTests(), refusedTests(), noteTests()} {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) { judge(schemas, tt.in).check(t, tt.in, unsayable[tt.name]) })
		}
	}
	for _, tests := range [][]struct{ in, want string }{platformTests(), emptyFieldTests()} {
		for _, tt := range tests {
			in := "image: a:1\nmanifests:\n- image: b:1\n  platform: " + tt.in
			judge(schemas, in).check(t, in, "")
		}
	}
}

// TestSchemaCannotSay has what the parser refuses and no schema can, in an entry if it is a name alone.
func TestSchemaCannotSay(t *testing.T) {
	const meaning = "a name of the right form that means something else"
	const rest = "\nmanifests: [{image: b}]"
	schemas := loadSchemas(t)
	for in, reason := range map[string]string{
		"dir:x": meaning, "docker-daemon:a": meaning, "oci:out": meaning, "docker-archiv:x.tar": meaning,
		digest: meaning, "registry.example": meaning, "registry.example:5000": meaning, "x.tar": meaning,
		"oci-layout:out:-x":                                               "a path may have any form, with a colon too",
		"oci-layout:out@sha256:12":                                        "likewise",
		"a/" + strings.Repeat("b", maxName):                               "the length of a name without its tag",
		"image: a\ntags: [" + names(MaxEntries) + "]\nimage: a:x" + rest:  "a value has each key once",
		"image: a:x\ntags: [" + names(MaxEntries) + "]" + rest:            "the tags of two keys together",
		"image: a\nplatform-tags: ARCH" + strings.Repeat("x", 128) + rest: "the length of what a template makes",
	} {
		if !strings.Contains(in, "\n") {
			in = "image: a\nmanifests: [{image: '" + in + "'}]"
		}
		judge(schemas, in).check(t, in, reason)
	}
}

func TestSchemaOfFiles(t *testing.T) {
	const long = "the length of a name without its tag"
	unsayable := map[string]string{
		"push/mistaken_names.txtar/long.yaml":          long,
		"push/mistaken_names.txtar/long.yaml expanded": long,
	}
	schemas := loadSchemas(t)
	specs, accepted := specFiles(t), 0
	for name, in := range specs {
		t.Run(name, func(t *testing.T) {
			v := judge(schemas, in)
			v.check(t, in, unsayable[name])
			if v.parser == nil {
				accepted++
			}
		})
	}
	if accepted < 100 {
		t.Errorf("only %d of %d files are specs", accepted, len(specs))
	}
}

// specFiles are the examples, and all files of the scripts: as they are, and with their variables replaced.
func specFiles(t *testing.T) map[string]string {
	t.Helper()
	specs := map[string]string{}
	for _, pattern := range []string{"../examples/*.yaml", "../examples/*.json", "../cmd/manifest-tool/testdata/script/*/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimPrefix(file, "../cmd/manifest-tool/testdata/script/")
			if filepath.Ext(file) != ".txtar" {
				specs[name] = string(raw)
				continue
			}
			for _, f := range txtar.Parse(raw).Files {
				specs[name+"/"+f.Name] = string(f.Data)
				specs[name+"/"+f.Name+" expanded"] = os.Expand(string(f.Data), scriptVariable)
			}
		}
	}
	return specs
}

// scriptVariable is a variable of a script: a place on a registry, or a digest.
func scriptVariable(name string) string {
	switch name {
	case "$":
		return name
	case "R", "R2":
		return "127.0.0.1:5000/" + strings.ToLower(name)
	case "REGISTRY":
		return "127.0.0.1:5000"
	}
	return digest
}

// TestSchemaSuggests: the schema suggests the words that the parser knows.
func TestSchemaSuggests(t *testing.T) {
	suggested := func(key string) []string {
		value := any(schematest.Documents(t, os.DirFS(docs))[schematest.Spec])
		for _, k := range []string{"definitions", "entry", "properties", "platform", "properties", key, "anyOf"} {
			value = value.(map[string]any)[k]
		}
		var words []string
		for _, word := range value.([]any)[0].(map[string]any)["enum"].([]any) {
			words = append(words, word.(string))
		}
		return words
	}
	for key, known := range map[string][]string{"os": platforms.KnownOS(), "architecture": platforms.Architectures()} {
		if got, want := suggested(key), slices.Sorted(slices.Values(known)); !slices.Equal(got, want) {
			t.Errorf("the schema suggests for %s\n%q, want\n%q", key, got, want)
		}
	}
}

// TestSchemaDescribes: each key has a title and a description, which editors show.
func TestSchemaDescribes(t *testing.T) {
	keys := 0
	var visit func(schema map[string]any, at string)
	visit = func(schema map[string]any, at string) {
		properties, _ := schema["properties"].(map[string]any)
		for key, property := range properties {
			keys++
			p := property.(map[string]any)
			title, _ := p["title"].(string)
			text, _ := p["description"].(string)
			if title == "" || !strings.HasSuffix(text, ".") {
				t.Errorf("%s/%s: title %q, description %q", at, key, title, text)
			}
			visit(p, at+"/"+key)
		}
	}
	document := schematest.Documents(t, os.DirFS(docs))[schematest.Spec]
	visit(document, "spec")
	visit(document["definitions"].(map[string]any)["entry"].(map[string]any), "entry")
	if keys != 15 {
		t.Errorf("%d keys", keys)
	}
}
