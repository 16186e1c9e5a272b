package output

import (
	"bytes"
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
	password, err := answerTo(ctx, func() ([]byte, error) { return readPassword(stdin.(*os.File)) })
	switch {
	case ctx.Err() != nil:
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	case errors.Is(err, io.EOF):
		return "", Usagef("no password was typed: the input ended")
	}
	return string(password), err
}

// AskUsername asks for a user name on the terminal.
func (p *Printer) AskUsername(ctx context.Context, stdin io.Reader, where string) (string, error) {
	fmt.Fprintf(p.stderr, "Username for %s: ", Printable(where))
	line, err := answerTo(ctx, func() ([]byte, error) { return readLine(stdin) })
	if err != nil {
		fmt.Fprintln(p.stderr)
	}
	if errors.Is(err, io.EOF) {
		return "", Usagef("no user name was typed: the input ended")
	}
	return strings.TrimSpace(string(line)), err
}

// maxLine is the longest line that a terminal passes on.
const maxLine = 4 << 10

// readLine reads a line from a terminal, without its end. A terminal passes on one line at a time, so that the next
// line stays for the next question. The error is io.EOF if the input ends in front of the line.
func readLine(stdin io.Reader) ([]byte, error) {
	var line []byte
	for {
		part := make([]byte, maxLine)
		n, err := stdin.Read(part)
		line = append(line, part[:n]...)
		if text, found := bytes.CutSuffix(line, []byte("\n")); found || err != nil && len(line) > 0 {
			return bytes.TrimSuffix(text, []byte("\r")), nil
		}
		if err != nil {
			return nil, err
		}
	}
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
