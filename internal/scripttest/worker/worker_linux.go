// Package worker runs the command lines of tests one after another in a process that is already there. To start the
// program costs more than most command lines, and the tests have thousands.
//
// A client is started in place of the program. It gives its arguments, environment, folder, umask, stdin, stdout and
// stderr to a worker, and ends with the exit code of the worker.
package worker

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// A Command is a command line with what a process has.
type Command struct {
	Args, Environ         []string
	Stdin, Stdout, Stderr *os.File

	dir   string
	umask int
}

// A request is the size of the rest (8 bytes, big endian), then these strings, each with a NUL at its end: the umask, the
// folder, the number of arguments, the arguments, the environment. The three files are the control message.
const sizeBytes = 8

// encode returns the request of a command.
func (c Command) encode() []byte {
	words := []string{strconv.Itoa(c.umask), c.dir, strconv.Itoa(len(c.Args))}
	text := strings.Join(append(append(words, c.Args...), c.Environ...), "\x00")
	return append(binary.BigEndian.AppendUint64(nil, uint64(len(text))), text...)
}

var errRequest = errors.New("the request is incomplete")

// decode reads the strings of a request.
func decode(text string) (c Command, err error) {
	words := strings.Split(text, "\x00")
	if len(words) < 3 {
		return c, errRequest
	}
	umask, errMask := strconv.Atoi(words[0])
	n, errArgs := strconv.Atoi(words[2])
	rest := words[3:]
	if errMask != nil || errArgs != nil || n < 1 || n > len(rest) {
		return c, errRequest
	}
	return Command{Args: rest[:n], Environ: rest[n:], dir: words[1], umask: umask}, nil
}

// Serve carries out the commands of clients, one at a time, until the listener is closed.
func Serve(l *net.UnixListener, run func(Command) (code int)) error {
	// A command that has lost its client is stopped by a signal, which may come when the command has ended.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM)
	for {
		conn, err := l.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		err = serve(conn, run)
		conn.Close()
		if err != nil && !isGone(err) {
			return err
		}
	}
}

// isGone reports whether an error comes from a client that waits no more.
func isGone(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF)
}

func serve(conn *net.UnixConn, run func(Command) int) error {
	if _, err := conn.Write([]byte{ready}); err != nil {
		return err
	}
	c, err := receive(conn)
	if err != nil {
		return err
	}
	defer c.Stdin.Close()
	defer c.Stdout.Close()
	defer c.Stderr.Close()
	if err := os.Chdir(c.dir); err != nil {
		return err
	}
	syscall.Umask(c.umask)
	os.Clearenv()
	for _, variable := range c.Environ {
		if key, value, ok := strings.Cut(variable, "="); ok && key != "" {
			os.Setenv(key, value)
		}
	}
	ended := make(chan struct{})
	go func() {
		conn.Read(make([]byte, 1)) // returns when the client is gone, or the connection closed
		select {
		case <-ended:
		default:
			syscall.Kill(syscall.Getpid(), syscall.SIGTERM)
		}
	}()
	code := run(c)
	close(ended)
	_, err = conn.Write([]byte{byte(code)})
	return err
}

// receive reads a request.
func receive(conn *net.UnixConn) (c Command, err error) {
	var size [sizeBytes]byte
	control := make([]byte, syscall.CmsgSpace(3*4))
	n, nc, _, _, err := conn.ReadMsgUnix(size[:], control)
	if err != nil {
		return c, err
	}
	if n == 0 {
		return c, io.EOF
	}
	if n != sizeBytes {
		return c, errRequest
	}
	messages, err := syscall.ParseSocketControlMessage(control[:nc])
	if err != nil || len(messages) != 1 {
		return c, errors.Join(errRequest, err)
	}
	files, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(files) != 3 {
		return c, errors.Join(errRequest, err)
	}
	text := make([]byte, binary.BigEndian.Uint64(size[:]))
	if _, err := io.ReadFull(conn, text); err != nil {
		return c, err
	}
	if c, err = decode(string(text)); err != nil {
		return c, err
	}
	for _, fd := range files {
		syscall.CloseOnExec(fd)
	}
	c.Stdin, c.Stdout, c.Stderr = os.NewFile(uintptr(files[0]), "/dev/stdin"), os.NewFile(uintptr(files[1]), "/dev/stdout"), os.NewFile(uintptr(files[2]), "/dev/stderr")
	return c, nil
}
