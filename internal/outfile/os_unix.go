//go:build unix

package outfile

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// isOurs reports whether a file belongs to the user of this process.
func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// keepOwner gives a new file the owner of the old one, as far as the system allows it. A run as root must not take the
// file away from its user.
func keepOwner(file *os.File, old fs.FileInfo) {
	if stat, ok := old.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		_ = file.Chown(int(stat.Uid), int(stat.Gid))
	}
}

// Open opens a descriptor of this process that was open when the program started. Writes go where its own writes go,
// so that nothing in a file is overwritten.
func (d Descriptor) Open() (*os.File, error) {
	flags, err := unix.FcntlInt(uintptr(d.Number), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC != 0 { // what the program has opened itself is closed on exec
		return nil, errors.New("the descriptor is not open")
	}
	if mode, err := unix.FcntlInt(uintptr(d.Number), unix.F_GETFL, 0); err != nil || mode&unix.O_ACCMODE == unix.O_RDONLY {
		return nil, errors.New("the descriptor is not open for writing")
	}
	copied, err := unix.FcntlInt(uintptr(d.Number), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(copied), "/dev/fd/"+strconv.Itoa(d.Number)), nil
}
