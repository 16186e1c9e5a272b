package integration

import (
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// scriptDir has the scripts of the program.
const scriptDir = "../cmd/manifest-tool/testdata/script"

// TestScripts runs the scripts of the program on real registries: all of them on distribution, and those that depend on
// the registry on the others too. The other registry of each script is of another kind. Most scripts run in workers. With
// the program as it is released, the main scripts run, or all with MANIFEST_TOOL_LONG=1.
func TestScripts(t *testing.T) {
	t.Parallel()
	distribution, olareg := startDistribution(t), startOlareg(t)
	t.Run("distribution", func(t *testing.T) {
		t.Parallel()
		scripttest.Suite{Dir: scriptDir, Name: "distribution", Start: given(distribution, olareg), Programs: programs(t)}.Run(t)
	})
	t.Run("released", func(t *testing.T) {
		t.Parallel()
		binary(t) // scripts find it in PATH
		suite := scripttest.Suite{Dir: scriptDir, Name: "distribution", Start: given(startDistribution(t), startOlareg(t))}
		if long() {
			suite.Run(t)
			return
		}
		suite.RunNamed(t, mainScripts...)
	})
	t.Run("olareg", func(t *testing.T) {
		t.Parallel()
		scripttest.Suite{Dir: scriptDir, Name: "olareg", Start: given(olareg, distribution), Programs: programs(t)}.RunDependent(t)
	})
	t.Run("debian", func(t *testing.T) {
		t.Parallel()
		scripttest.Suite{Dir: scriptDir, Name: "debian", Start: given(startDebianRegistry(t), olareg), Programs: programs(t)}.RunDependent(t)
	})
}

// TestMainScripts runs the main scripts on registries that other programs embed.
func TestMainScripts(t *testing.T) {
	t.Parallel()
	modes := startModes(t)
	for name, one := range map[string]registry{
		"crane": startCraneRegistry(t), "ociregistry": modes["memory"], "unify": modes["unify"],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scripttest.Suite{Dir: scriptDir, Name: name, Start: given(one, modes["memory"]), Programs: programs(t)}.RunNamed(t, mainScripts...)
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
