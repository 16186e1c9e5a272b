package output

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/schematest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/plan/planfile"
)

const schemas = "../../docs/schema"

// TestSchemas compares each JSON output with its schema: the schema has the fields of the Go type, requires those that
// are always there, and describes each.
func TestSchemas(t *testing.T) {
	documents := schematest.Documents(t, os.DirFS(schemas))
	delete(documents, schematest.Spec)
	outputs := map[string]any{
		"push-v1": PushOutput{}, "result-v1": lineOutput{}, "copies-v1": copiesOutput{}, "inspect-v1": inspectOutput{}, "auth-v1": AuthReport{},
		"logins-v1": loginsOutput{},
		"tags-v1":   tagsOutput{},
		"verify-v1": verifyOutput{},
		"lint-v1":   lintOutput{},
		"diff-v1":   diffOutput{}, "outdated-v1": outdatedOutput{},
		"plan-v1": planfile.Document{}, schematest.Metadata: metadataOutput{},
	}
	if got, want := slices.Sorted(maps.Keys(documents)), slices.Sorted(maps.Keys(outputs)); !slices.Equal(got, want) {
		t.Fatalf("the schemas are %q, want %q", got, want)
	}
	for name, output := range outputs {
		c := comparison{t, documents[name]}
		c.compare(reflect.TypeOf(output), documents[name], name)
	}
}

// A comparison is about one schema.
type comparison struct {
	t        *testing.T
	document map[string]any
}

// fieldsOfOthers are the fields of entryOutput that only one of the two outputs has.
var fieldsOfOthers = map[string][]string{
	"push-v1":    {"annotations", "missing", "layers", "totalSize", "config", "statements"},
	"inspect-v1": {"source", "copied"},
}

func (c comparison) compare(typ reflect.Type, schema map[string]any, at string) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if file, ok := schema["$ref"].(string); ok && !strings.HasPrefix(file, "#") {
		return // it has a comparison of its own
	}
	schema = c.follow(schema)
	switch {
	case typ == reflect.TypeFor[v1.Hash](), typ == reflect.TypeFor[json.RawMessage]():
	case typ.Kind() == reflect.Slice:
		items, _ := schema["items"].(map[string]any)
		c.compare(typ.Elem(), items, at+"[]")
	case typ.Kind() == reflect.Struct:
		c.compareFields(typ, schema, at)
	}
}

func (c comparison) compareFields(typ reflect.Type, schema map[string]any, at string) {
	properties, _ := schema["properties"].(map[string]any)
	name, _, _ := strings.Cut(at, "/")
	var fields, required []string
	for f := range typ.Fields() {
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || typ == reflect.TypeFor[entryOutput]() && slices.Contains(fieldsOfOthers[name], key) {
			continue
		}
		fields = append(fields, key)
		if !strings.Contains(options, "omitempty") {
			required = append(required, key)
		}
		property, _ := properties[key].(map[string]any)
		if text, _ := property["description"].(string); !strings.HasSuffix(text, ".") {
			c.t.Errorf("%s/%s: the schema describes it as %q", at, key, text)
		}
		c.compare(f.Type, property, at+"/"+key)
	}
	slices.Sort(fields)
	slices.Sort(required)
	var requires []string
	for _, key := range schema["required"].([]any) {
		requires = append(requires, key.(string))
	}
	slices.Sort(requires)
	if got := slices.Sorted(maps.Keys(properties)); !slices.Equal(got, fields) {
		c.t.Errorf("%s: the schema has %q, the output %q", at, got, fields)
	}
	if !slices.Equal(requires, required) {
		c.t.Errorf("%s: the schema requires %q, the output has always %q", at, requires, required)
	}
}

// follow gives the definition that a schema refers to.
func (c comparison) follow(schema map[string]any) map[string]any {
	if all, ok := schema["allOf"].([]any); ok {
		schema = all[0].(map[string]any)
	}
	name, ok := schema["$ref"].(string)
	if !ok {
		return schema
	}
	definition, _ := c.document["definitions"].(map[string]any)[strings.TrimPrefix(name, "#/definitions/")].(map[string]any)
	return definition
}

// TestListsAreLists: an index without entries has a list of manifests, and not null.
func TestListsAreLists(t *testing.T) {
	index := registry.NewManifest(types.OCIImageIndex, []byte(`{"schemaVersion":2,"manifests":[]}`))
	result := TargetResult{plan: plan.TargetPlan{Plan: plan.Plan{Index: index}}}
	raw, err := json.Marshal(resultOutput([]TargetResult{result, result}))
	if err != nil {
		t.Fatal(err)
	}
	if name, err := schematest.Load(t, os.DirFS(schemas)).CheckOutput(raw); name != "push-v1" || err != nil {
		t.Errorf("%s: %v\n%s", name, err, raw)
	}
}
