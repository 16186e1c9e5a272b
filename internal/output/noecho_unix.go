//go:build unix

package output

import (
	"os"

	"golang.org/x/sys/unix"
)

// readPassword reads a line from a terminal, which does not show it. term.ReadPassword would wait for another line at
// the end of the input (Ctrl-D). Ctrl-C still sends a signal.
func readPassword(stdin *os.File) (_ []byte, err error) {
	fd := int(stdin.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	hidden := *before
	hidden.Lflag = hidden.Lflag&^unix.ECHO | unix.ICANON | unix.ISIG
	hidden.Iflag |= unix.ICRNL
	if err := unix.IoctlSetTermios(fd, setTermios, &hidden); err != nil {
		return nil, err
	}
	defer func() { _ = unix.IoctlSetTermios(fd, setTermios, before) }()
	return readLine(stdin)
}
