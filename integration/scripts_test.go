package integration

import (
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// TestScripts runs the scripts of the program, with the built program, on real registries: all of them on
// distribution, and those that depend on the registry on the others too. The other registry of each script
// is of another kind.
func TestScripts(t *testing.T) {
	t.Parallel()
	const dir = "../cmd/manifest-tool/testdata/script"
	binary(t) // scripts find it in PATH
	distribution, olareg := startDistribution(t), startOlareg(t)
	t.Run("distribution", func(t *testing.T) {
		t.Parallel()
		scripttest.Run(t, dir, "distribution", given(distribution, olareg))
	})
	t.Run("olareg", func(t *testing.T) {
		t.Parallel()
		scripttest.RunDependent(t, dir, "olareg", given(olareg, distribution))
	})
	t.Run("debian", func(t *testing.T) {
		t.Parallel()
		scripttest.RunDependent(t, dir, "debian", given(startDebianRegistry(t), olareg))
	})
}

// given gives the same two registries to every script.
func given(one, other registry) scripttest.Start {
	return func(testing.TB) (_, _ scripttest.Registry) {
		return scripttest.Registry{Host: one.Host}, scripttest.Registry{Host: other.Host}
	}
}
