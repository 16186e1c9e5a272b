package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

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
	type answer struct {
		password []byte
		err      error
	}
	answered := make(chan answer, 1)
	go func() {
		password, err := term.ReadPassword(fd)
		answered <- answer{password, err}
	}()
	select {
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	case a := <-answered:
		return string(a.password), a.err
	}
}
