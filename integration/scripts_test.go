package integration

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// TestScripts runs the scripts of the program, with the built program, on real registries. The
// other registry of each script is one of the other kind.
func TestScripts(t *testing.T) {
	path := os.Getenv("PATH")
	os.Setenv("PATH", filepath.Dir(binary(t))+string(os.PathListSeparator)+path)
	t.Cleanup(func() { os.Setenv("PATH", path) })
	one, other := startDistribution(t), startOlareg(t)
	run := func(name string, one, other registry) {
		t.Run(name, func(t *testing.T) {
			scripttest.Run(t, "../cmd/manifest-tool/testdata/script", name, func(testing.TB) (_, _ scripttest.Registry) {
				return scripttest.Registry{Host: one.Host}, scripttest.Registry{Host: other.Host}
			})
		})
	}
	run(one.Name, one, other)
	// places of their own: the scripts of both runs share the two servers
	one, other = startDistribution(t), startOlareg(t)
	run(other.Name, other, one)
}
