// Package schematest checks what the program reads and prints against the JSON Schemas in docs/schema.
package schematest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Names of the schemas. A schema NAME is the file NAME.schema.json.
const (
	Spec     = "spec"
	Metadata = "metadata-file"
)

// base is the folder in the $id of each schema.
const base = "https://raw.githubusercontent.com/manifest-tool/manifest-tool/main/docs/schema/"

// Schemas are the compiled schemas of a folder by their names.
type Schemas map[string]*jsonschema.Schema

// Load compiles the schemas of a folder.
//
// The schemas of outputs let further fields pass, because later versions of the program may add some. Load closes
// them: the program prints no field that its schema does not describe.
func Load(t testing.TB, dir fs.FS) Schemas {
	t.Helper()
	documents := Documents(t, dir)
	compiler := jsonschema.NewCompiler()
	for name, document := range documents {
		if name != Spec {
			closeObjects(document)
		}
		if err := compiler.AddResource(url(name), document); err != nil {
			t.Fatal(err)
		}
	}
	schemas := Schemas{}
	for name := range documents {
		var err error
		if schemas[name], err = compiler.Compile(url(name)); err != nil {
			t.Fatal(err)
		}
	}
	return schemas
}

// Compile compiles one schema that refers to no other.
func Compile(t testing.TB, document map[string]any) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(url(Spec), document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(url(Spec))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// Documents reads the schemas of a folder.
func Documents(t testing.TB, dir fs.FS) map[string]map[string]any {
	t.Helper()
	files, err := fs.Glob(dir, "*.schema.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d schemas, %v", len(files), err)
	}
	documents := map[string]map[string]any{}
	for _, file := range files {
		raw, err := fs.ReadFile(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		name := strings.TrimSuffix(file, ".schema.json")
		document, ok := value.(map[string]any)
		if !ok || document["$id"] != url(name) {
			t.Fatalf("%s: the $id is not %s", file, url(name))
		}
		documents[name] = document
	}
	return documents
}

func url(name string) string { return base + name + ".schema.json" }

// closeObjects forbids all properties that are not described, where a schema describes some.
func closeObjects(schema any) {
	switch schema := schema.(type) {
	case []any:
		for _, s := range schema {
			closeObjects(s)
		}
	case map[string]any:
		for s := range maps.Values(schema) {
			closeObjects(s)
		}
		_, describes := schema["properties"].(map[string]any)
		_, decides := schema["additionalProperties"]
		if describes && !decides {
			schema["additionalProperties"] = false
		}
	}
}

// Validate checks a value against a schema.
func (s Schemas) Validate(name string, value any) error {
	schema, ok := s[name]
	if !ok {
		return fmt.Errorf("no schema %s", name)
	}
	return schema.Validate(value)
}

// CheckFile checks a document against a schema.
func (s Schemas) CheckFile(name string, raw []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return s.Validate(name, value)
}

// CheckOutput checks what the program printed: each of its JSON documents with a field schema. The field names the schema:
// manifest-tool.push/v1 is the schema push-v1. CheckOutput returns the name of the last, or "" where there is nothing to
// check.
func (s Schemas) CheckOutput(raw []byte) (name string, err error) {
	for decoder := json.NewDecoder(bytes.NewReader(raw)); ; {
		var document json.RawMessage
		if decoder.Decode(&document) != nil {
			return name, nil
		}
		var head struct{ Schema string }
		if json.Unmarshal(document, &head) != nil {
			continue
		}
		of, ok := strings.CutPrefix(head.Schema, "manifest-tool.")
		if !ok {
			continue
		}
		name = strings.ReplaceAll(of, "/", "-")
		if err := s.CheckFile(name, document); err != nil {
			return name, err
		}
	}
}
