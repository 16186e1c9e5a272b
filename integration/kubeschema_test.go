package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// apiSchemas are the definitions of Kubernetes's swagger.json.
type apiSchemas struct {
	compiler *jsonschema.Compiler
	byKind   map[string]string // apiVersion/kind to the name of the definition
}

const swaggerURL = "https://kubernetes.invalid/swagger.json"

// openAPI reads the schema of the pinned version. It is a file of the module, so no code of Kubernetes is compiled.
func openAPI(t testing.TB) apiSchemas {
	t.Helper()
	said, err := runGo(fetchTime, toolEnv, "-C", "tools/kubernetes", "mod", "download", "-json", kubernetes)
	if err != nil {
		unavailable(t, kubernetes, err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(said), &module); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(module.Dir, "api", "openapi-spec", "swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	s := apiSchemas{compiler: jsonschema.NewCompiler(), byKind: map[string]string{}}
	s.compiler.DefaultDraft(jsonschema.Draft4)
	for name, definition := range document.(map[string]any)["definitions"].(map[string]any) {
		s.prepare(name, definition.(map[string]any))
	}
	if err := s.compiler.AddResource(swaggerURL, document); err != nil {
		t.Fatal(err)
	}
	return s
}

// prepare makes a JSON Schema of a definition. The server refuses fields that it does not know (kubectl asks it to), and
// takes numbers where OpenAPI 2 can only say string.
func (s apiSchemas) prepare(name string, definition map[string]any) {
	if definition["properties"] != nil && definition["additionalProperties"] == nil {
		definition["additionalProperties"] = false
	}
	switch {
	case definition["format"] == "int-or-string", strings.HasSuffix(name, ".resource.Quantity"):
		definition["type"] = []any{"string", "number"}
	}
	kinds, _ := definition["x-kubernetes-group-version-kind"].([]any)
	for _, kind := range kinds {
		k := kind.(map[string]any)
		version := strings.TrimPrefix(fmt.Sprintf("%s/%s", k["group"], k["version"]), "/")
		s.byKind[fmt.Sprintf("%s %s", version, k["kind"])] = name
	}
}

// validate checks an object against the definition of its kind.
func (s apiSchemas) validate(object map[string]any) error {
	kind := fmt.Sprintf("%v %v", object["apiVersion"], object["kind"])
	name, ok := s.byKind[kind]
	if !ok {
		return fmt.Errorf("the API has no %s", kind)
	}
	return s.validateAs(name, object)
}

func (s apiSchemas) validateAs(name string, value any) error {
	schema, err := s.compiler.Compile(swaggerURL + "#/definitions/" + name)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}
