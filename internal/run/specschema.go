package run

import "github.com/manifest-tool/manifest-tool/docs/schema"

// PrintSpecSchema prints the JSON Schema of specs.
func (r *Runner) PrintSpecSchema() error { return r.out.WriteResult(schema.Spec) }
