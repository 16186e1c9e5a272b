package spec

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/manifest-tool/manifest-tool/internal/schematest"
)

// TestSchemaBites removes each keyword and each key of the schema. A spec of the other tests shows that it is missing.
func TestSchemaBites(t *testing.T) {
	const large, number, suggestion = "only a large spec shows it", "only an editor sees a number", "the words are suggestions"
	const platform = "/definitions/entry/properties/platform/properties/"
	silent := map[string]string{
		"/properties/manifests/maxItems": large,
		"/properties/tags/maxItems":      large,
		"/definitions/source/minimum":    number,
		"/definitions/tag/minimum":       number,
		"/definitions/target/minimum":    number,
		platform + "os/anyOf":            suggestion,
		platform + "architecture/anyOf":  suggestion,
		platform + "variant/anyOf":       suggestion,
	}
	values := judgedValues(loadSchemas(t)[schematest.Spec])
	document := schematest.Documents(t, os.DirFS(docs))[schematest.Spec]
	eachRemoved(document, "", func(path string) {
		changed := schematest.Compile(t, document)
		reason, isSilent := silent[path]
		switch shows := slices.ContainsFunc(values, func(v judged) bool { return v.accepted != (changed.Validate(v.value) == nil) }); {
		case shows && isSilent:
			t.Errorf("%s: a spec shows that it is missing (%s)", path, reason)
		case !shows && !isSilent:
			t.Errorf("%s: no spec shows that it is missing", path)
		}
	})
}

// A judged value is a spec as the parser reads it, with the verdict of the schema.
type judged struct {
	value    any
	accepted bool
}

func judgedValues(schema *jsonschema.Schema) []judged {
	specs := wordSpecs()
	for _, tests := range [][]struct{ name, in, want string }{loadTests(), refusedTests(), noteTests()} {
		for _, tt := range tests {
			specs = append(specs, tt.in)
		}
	}
	for seed := range uint64(randomSpecs) {
		specs = append(specs, randomSpec(seed))
	}
	var values []judged
	for _, in := range specs {
		var d decoder
		if root := d.root([]byte(in)); root != nil && d.problems == nil {
			value := (&view{}).of(root)
			values = append(values, judged{value, schema.Validate(value) == nil})
		}
	}
	return values
}

// eachRemoved removes one part of a schema after another, and calls visit meanwhile.
func eachRemoved(schema any, path string, visit func(path string)) {
	switch schema := schema.(type) {
	case []any:
		for i, s := range schema {
			eachRemoved(s, path+"/"+string(rune('0'+i)), visit)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(schema)) {
			value, here := schema[key], path+"/"+key
			switch key {
			case "$schema", "$id", "title", "description", "examples", "enum", "patternErrorMessage", "errorMessage":
				continue // they refuse nothing
			case "properties", "patternProperties", "definitions":
				for _, name := range slices.Sorted(maps.Keys(value.(map[string]any))) {
					named := value.(map[string]any)
					child := named[name]
					if key != "definitions" {
						delete(named, name)
						visit(here + "/" + name)
						named[name] = child
					}
					eachRemoved(child, here+"/"+name, visit)
				}
				continue
			}
			delete(schema, key)
			visit(here)
			schema[key] = value
			eachRemoved(value, here, visit)
		}
	}
}
