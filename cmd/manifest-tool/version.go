package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// versionText is what --version prints behind the name of the program.
func versionText(e Env) string {
	revision := e.commit
	if info, ok := debug.ReadBuildInfo(); ok && revision == "" {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	return fmt.Sprintf("%s (commit: %s)", e.release(), cmp.Or(revision, "unknown"))
}
