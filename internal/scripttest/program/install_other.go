//go:build !linux

package program

import (
	"path/filepath"
	"runtime"
)

// Install puts manifest-tool into a folder.
func Install(dir string) (stop func(), err error) {
	name := "manifest-tool"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return func() {}, build("manifest-tool", filepath.Join(dir, name))
}

// Work is not needed: Install starts no workers.
func Work() { panic("no workers on this system") }
