//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A terminal runs the program on a pseudo-terminal.
type terminal struct {
	keyboard *os.File // what is written here is typed
	line     *os.File // the side of the program
	cmd      *exec.Cmd
	done     chan struct{} // closed when nothing more is shown

	mu    sync.Mutex
	shown bytes.Buffer
}

// startOnTerminal starts the program with a terminal of some columns as its stdin, stdout and stderr.
func startOnTerminal(t *testing.T, columns int, env []string, args ...string) *terminal {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	fd := int(keyboard.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)})
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	inProcesses(t)
	s := &terminal{keyboard: keyboard, line: line, cmd: exec.Command("manifest-tool", args...), done: make(chan struct{})}
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = line, line, line
	s.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=xterm"}, env...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		io.Copy(s, keyboard)
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		line.Close()
		keyboard.Close()
	})
	return s
}

func (s *terminal) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.Write(b)
}

// text is what the terminal has shown so far.
func (s *terminal) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// await waits until the terminal shows a text.
func (s *terminal) await(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(s.text(), want); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the terminal does not show %q:\n%s", want, s.text())
		}
	}
}

func (s *terminal) typeIn(t *testing.T, text string) {
	t.Helper()
	if _, err := s.keyboard.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// echoes reports whether the terminal shows what is typed.
func (s *terminal) echoes(t *testing.T) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(s.line.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// wait waits for the end of the program, and returns its exit code and all that was shown.
func (s *terminal) wait(t *testing.T) (code int, text string) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		s.cmd.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatalf("the program does not end:\n%s", s.text())
	}
	time.Sleep(50 * time.Millisecond) // the terminal passes on what is left
	return s.cmd.ProcessState.ExitCode(), s.text()
}
