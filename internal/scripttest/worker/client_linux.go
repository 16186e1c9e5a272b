package worker

import (
	"os"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// ready is what a worker sends when it has time for a client.
const ready = 'r'

// patience is how long a client waits for a worker that has time.
const patience = time.Second

// Ask has a worker carry out the command line of this process, and returns its exit code. Nothing has happened if ok is
// false: no worker has time, or the command line needs a process of its own. The standard library's package net would
// double the time to start.
func Ask(socket string) (code int, ok bool) {
	if !suits(os.Args, os.Environ()) {
		return 0, false
	}
	dir, err := os.Getwd()
	if err != nil {
		return 0, false
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer syscall.Close(fd)
	limit := syscall.NsecToTimeval(int64(patience))
	if syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit) != nil ||
		syscall.Connect(fd, &syscall.SockaddrUnix{Name: socket}) != nil {
		return 0, false
	}
	if b, ok := readByte(fd); !ok || b != ready {
		return 0, false
	}
	umask := syscall.Umask(0)
	request := Command{Args: os.Args, Environ: os.Environ(), dir: dir, umask: umask}.encode()
	if syscall.Sendmsg(fd, request[:sizeBytes], syscall.UnixRights(0, 1, 2), nil, 0) != nil { // one of the files is closed
		syscall.Umask(umask)
		return 0, false
	}
	limit = syscall.Timeval{}
	if syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit) != nil || !write(fd, request[sizeBytes:]) {
		return died()
	}
	b, ok := readByte(fd)
	if !ok {
		return died()
	}
	return int(b), true
}

// died is the end of a command line that a worker did not carry out to its end.
func died() (code int, ok bool) {
	os.Stderr.WriteString("the worker that ran manifest-tool has died\n")
	return 125, true
}

func readByte(fd int) (byte, bool) {
	var b [1]byte
	for {
		n, err := syscall.Read(fd, b[:])
		if err != syscall.EINTR {
			return b[0], n == 1 && err == nil
		}
	}
}

func write(fd int, data []byte) bool {
	for len(data) > 0 {
		n, err := syscall.Write(fd, data)
		if err != nil && err != syscall.EINTR {
			return false
		}
		data = data[max(n, 0):]
	}
	return true
}

// suits reports whether a command line may run in a process that has run others. Variables that a process reads once need
// a new process, and so do the files of a process, and a terminal.
func suits(args, environ []string) bool {
	for _, arg := range args {
		if strings.Contains(arg, "/dev/") || strings.Contains(arg, "/proc/") {
			return false
		}
	}
	for _, variable := range environ {
		key, _, _ := strings.Cut(variable, "=")
		if strings.HasSuffix(strings.ToLower(key), "_proxy") || strings.HasPrefix(key, "SSL_CERT_") ||
			key == "GODEBUG" || key == "GOGC" || key == "GOMAXPROCS" || key == "GOMEMLIMIT" || key == "TZ" {
			return false
		}
	}
	return !isTerminal(0) && !isTerminal(1) && !isTerminal(2)
}

func isTerminal(fd uintptr) bool {
	var settings syscall.Termios
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TCGETS, uintptr(unsafe.Pointer(&settings)))
	return errno == 0
}
