package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// release is the version of this build: that of the release, else what Go knows of it.
func release() string {
	info, _ := debug.ReadBuildInfo()
	return cmp.Or(version, info.Main.Version, "devel")
}

func versionText() string {
	revision := commit
	if info, ok := debug.ReadBuildInfo(); ok && revision == "" {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	return fmt.Sprintf("%s (commit: %s)", release(), cmp.Or(revision, "unknown"))
}
