package scripttest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/schematest"
	"github.com/manifest-tool/manifest-tool/internal/scripttest/program"
)

// checkOutputs checks what was recorded.
func (s Suite) checkOutputs(t testing.TB, dir string) {
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			t.Error(err)
			continue
		}
		name := schematest.Metadata
		if strings.HasPrefix(file.Name(), program.MetadataPrefix) {
			err = s.schemas.CheckFile(name, raw)
		} else {
			name, err = s.schemas.CheckOutput(raw)
		}
		if err != nil {
			t.Errorf("the program printed what schema %s does not allow: %v\n%s", name, err, raw)
		}
	}
}
