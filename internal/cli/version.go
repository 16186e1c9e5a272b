package cli

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/manifest-tool/manifest-tool/internal/run"
)

// versionText is what --version prints behind the name of the program.
func versionText(e run.Env) string {
	revision := e.Commit
	if info, ok := debug.ReadBuildInfo(); ok && revision == "" {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	return fmt.Sprintf("%s (commit: %s)", e.Release(), cmp.Or(revision, "unknown"))
}
