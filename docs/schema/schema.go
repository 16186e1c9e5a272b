// Package schema holds the JSON Schema of specs for the program. The others are for readers of its outputs.
package schema

import _ "embed"

// Spec is the JSON Schema of specs.
//
//go:embed spec.schema.json
var Spec []byte
