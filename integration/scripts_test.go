package integration

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// TestScripts runs the scripts of the program, with the built program, on real registries. The
// other registry of each script is one of another kind.
func TestScripts(t *testing.T) {
	path := os.Getenv("PATH")
	os.Setenv("PATH", filepath.Dir(binary(t))+string(os.PathListSeparator)+path)
	t.Cleanup(func() { os.Setenv("PATH", path) })
	onEveryRegistry(t, func(t *testing.T, one registry) {
		startOther := startOlareg
		if one.Name == "olareg" {
			startOther = startDistribution
		}
		other := startOther(t)
		scripttest.Run(t, "../cmd/manifest-tool/testdata/script", one.Name, func(testing.TB) (_, _ scripttest.Registry) {
			return scripttest.Registry{Host: one.Host}, scripttest.Registry{Host: other.Host}
		})
	})
}
