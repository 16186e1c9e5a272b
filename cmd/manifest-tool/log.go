package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/sirupsen/logrus"
)

// Words for the user go to stderr, each line with the name of the program before it, in lower case
// and without a full stop. Results go to stdout and are printed in print.go.

func newLog(w io.Writer) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(w)
	log.SetFormatter(plainFormatter{})
	log.SetLevel(logrus.WarnLevel)
	return log
}

// plainFormatter writes "manifest-tool: warning: text". Errors have no such word: they end the run.
type plainFormatter struct{}

func (plainFormatter) Format(e *logrus.Entry) ([]byte, error) {
	prefix := "manifest-tool: "
	switch e.Level {
	case logrus.WarnLevel:
		prefix += "warning: "
	case logrus.DebugLevel:
		prefix += "debug: "
	}
	lines := strings.Split(strings.TrimRight(e.Message, "\n"), "\n")
	for i, line := range lines {
		lines[i] = prefix + printable(line) + "\n"
	}
	return []byte(strings.Join(lines, "")), nil
}

// printable makes text from elsewhere harmless for a terminal, and keeps it in its line: what moves
// the cursor, sets colours or turns the direction of writing is shown, not done.
func printable(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}
