package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// shells are the programs in which a user closes stdout with >&-.
var shells = []string{"sh", "bash", "dash", "ash", "busybox", "zsh", "ksh", "ksh93", "mksh", "fish"}

// isClosed reports whether stdout was closed when the program started. The Go runtime then has opened /dev/null in its
// place, for reading and writing, before any code of the program runs. Other programs open /dev/null like this to
// throw output away, but a shell does not: it opens it for writing alone. So stdout was closed if the parent is a shell
// that did not pass its own /dev/null on.
func isClosed(stdout *os.File) bool {
	var stat, null unix.Stat_t
	if unix.Fstat(int(stdout.Fd()), &stat) != nil || unix.Stat(os.DevNull, &null) != nil || stat.Rdev != null.Rdev || stat.Mode&unix.S_IFMT != unix.S_IFCHR {
		return false
	}
	mode, err := unix.FcntlInt(stdout.Fd(), unix.F_GETFL, 0)
	if err != nil || mode&unix.O_ACCMODE != unix.O_RDWR {
		return false
	}
	parent := fmt.Sprintf("/proc/%d/", syscall.Getppid())
	program, err := os.Readlink(parent + "exe")
	if err != nil || !slices.Contains(shells, filepath.Base(program)) {
		return false
	}
	passed, err := os.Readlink(parent + "fd/1")
	return os.IsNotExist(err) || err == nil && passed != os.DevNull
}
