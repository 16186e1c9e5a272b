package main

import (
	"io"
	"strings"

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
		lines[i] = prefix + printable(concealed(line)) + "\n"
	}
	return []byte(strings.Join(lines, "")), nil
}
