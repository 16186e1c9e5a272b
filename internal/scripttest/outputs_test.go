package scripttest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// errorsOf collects the errors of a test.
type errorsOf struct {
	testing.TB
	errors []string
}

func (e *errorsOf) Errorf(format string, args ...any) {
	e.errors = append(e.errors, fmt.Sprintf(format, args...))
}

func TestCheckOutputs(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	push := `{"schema": "manifest-tool.push/v1", "target": "a", "digest": "` + digest + `", "size": 1, "mediaType": "m", "tags": [], "manifests": []`
	metadata := `{"containerimage.descriptor": {"mediaType": "m", "digest": "` + digest + `", "size": 1}`
	tests := []struct{ name, file, output, err string }{
		{"a push", "stdout-1", push + `}`, ""},
		{"a field that is not described", "stdout-1", push + `, "more": 1}`, "additional properties 'more' not allowed"},
		{"such a field within a list", "stdout-1", strings.Replace(push, `"tags": []`, `"tags": [{"tag": "1", "status": "moved", "more": 1}]`, 1) + `}`, "'more' not allowed"},
		{"such a field in a file that is referred to", "stdout-1", `{"schema": "manifest-tool.copies/v1", "copies": [` + push + `, "more": 1}]}`, "'more' not allowed"},
		{"an unknown status", "stdout-1", strings.Replace(push, `"tags": []`, `"tags": [{"tag": "1", "status": "pushed"}]`, 1) + `}`, "value must be one of"},
		{"a missing field", "stdout-1", strings.Replace(push, `"target": "a", `, "", 1) + `}`, "missing property 'target'"},
		{"an empty digest", "stdout-1", strings.Replace(push, digest, ":", 1) + `}`, "does not match pattern"},
		{"no schema of that name", "stdout-1", `{"schema": "manifest-tool.push/v2"}`, "no schema push-v2"},
		{"JSON of somebody else", "stdout-1", `{"schemaVersion": 2}`, ""},
		{"no JSON", "stdout-1", "Digest: " + digest + " 1\n", ""},
		{"nothing", "stdout-1", "", ""},
		{"metadata", "metadata-1", metadata + `, "containerimage.digest": "` + digest + `"}`, ""},
		{"metadata without a digest", "metadata-1", metadata + `}`, "missing property 'containerimage.digest'"},
		{"metadata cut off", "metadata-1", metadata, "EOF"},
	}
	s := Suite{schemas: schemas(t, "../../cmd/manifest-tool/testdata/script")}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, test.file), []byte(test.output), 0o600); err != nil {
				t.Fatal(err)
			}
			e := &errorsOf{TB: t}
			s.checkOutputs(e, dir)
			got := strings.Join(e.errors, "\n")
			if (got == "") != (test.err == "") || !strings.Contains(got, test.err) {
				t.Errorf("got %q, want %q", got, test.err)
			}
		})
	}
}
