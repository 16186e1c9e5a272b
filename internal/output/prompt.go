package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// CanAsk reports whether a person can be asked: whether stdin is a terminal.
func CanAsk(stdin io.Reader) bool {
	f, ok := stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// AskPassword asks for a password on the terminal, which does not show what is typed. If the context ends, AskPassword
// leaves the terminal as it was.
func (p *Printer) AskPassword(ctx context.Context, stdin io.Reader, whose string) (string, error) {
	fd := int(stdin.(*os.File).Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(p.stderr, "Password for %s: ", Printable(whose))
	defer fmt.Fprintln(p.stderr)
	password, err := answerTo(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
	switch {
	case ctx.Err() != nil:
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	case errors.Is(err, io.EOF):
		return "", Usagef("no password was typed: the input ended")
	}
	return string(password), err
}

// maxLine is the longest line that a terminal passes on.
const maxLine = 4 << 10

// AskUsername asks for a user name on the terminal.
func (p *Printer) AskUsername(ctx context.Context, stdin io.Reader, where string) (string, error) {
	fmt.Fprintf(p.stderr, "Username for %s: ", Printable(where))
	line, err := answerTo(ctx, func() ([]byte, error) {
		line := make([]byte, maxLine) // a terminal returns one line at a time, so that the password stays for the next question
		n, err := stdin.Read(line)
		return line[:n], err
	})
	if err == nil && strings.HasSuffix(string(line), "\n") {
		return strings.TrimSpace(string(line)), nil
	}
	fmt.Fprintln(p.stderr)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", Usagef("no user name was typed: the input ended")
}

// answerTo waits for what a person types, or for the end of the context.
func answerTo(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type answer struct {
		text []byte
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := read()
		answered <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case a := <-answered:
		return a.text, a.err
	}
}
