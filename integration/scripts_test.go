package integration

import (
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// scriptDir has the scripts of the program.
const scriptDir = "../cmd/manifest-tool/testdata/script"

// TestScripts runs the scripts of the program, with the built program, on real registries: all of them on
// distribution, and those that depend on the registry on the others too. The other registry of each script
// is of another kind.
func TestScripts(t *testing.T) {
	t.Parallel()
	binary(t) // scripts find it in PATH
	distribution, olareg := startDistribution(t), startOlareg(t)
	t.Run("distribution", func(t *testing.T) {
		t.Parallel()
		scripttest.Run(t, scriptDir, "distribution", given(distribution, olareg))
	})
	t.Run("olareg", func(t *testing.T) {
		t.Parallel()
		scripttest.RunDependent(t, scriptDir, "olareg", given(olareg, distribution))
	})
	t.Run("debian", func(t *testing.T) {
		t.Parallel()
		scripttest.RunDependent(t, scriptDir, "debian", given(startDebianRegistry(t), olareg))
	})
}

// TestMainScripts runs the main scripts on registries that other programs embed.
func TestMainScripts(t *testing.T) {
	t.Parallel()
	binary(t) // scripts find it in PATH
	modes := startModes(t)
	for name, one := range map[string]registry{
		"crane": startCraneRegistry(t), "ociregistry": modes["memory"], "unify": modes["unify"],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scripttest.RunNamed(t, scriptDir, name, given(one, modes["memory"]), mainScripts...)
		})
	}
}

// mainScripts use what every registry has: no mounts, no certain answer about referrers.
var mainScripts = []string{
	"compat/architecture_before_tag", "compat/common_spec", "copy/platforms", "copy/promote", "copy/referrers",
	"edit/change_index", "edit/split", "inspect/image_and_index", "push/from_digests", "push/spec_tags", "push/subjects",
}

// given gives the same two registries to every script.
func given(one, other registry) scripttest.Start {
	return func(testing.TB) (_, _ scripttest.Registry) {
		return scripttest.Registry{Host: one.Host}, scripttest.Registry{Host: other.Host}
	}
}
