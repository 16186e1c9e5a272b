package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sirupsen/logrus"
	"golang.org/x/term"
)

// A printer writes what people and scripts read: results to stdout, everything else to stderr.
//
// Each line on stderr starts with the name of the program. Messages are lower case and have no full stop.
type printer struct {
	stdout, stderr io.Writer
	log            *logrus.Logger
}

func newPrinter(stdout, stderr io.Writer) *printer {
	log := logrus.New()
	log.SetOutput(stderr)
	log.SetFormatter(plainFormatter{})
	log.SetLevel(logrus.WarnLevel)
	return &printer{stdout: stdout, stderr: stderr, log: log}
}

// plainFormatter writes "manifest-tool: warning: text". Errors have no level word: an error ends the run.
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
		lines[i] = prefix + printable(redactSecrets(line)) + "\n"
	}
	return []byte(strings.Join(lines, "")), nil
}

// writeResult writes a result to stdout. No other function writes to stdout.
func (p *printer) writeResult(b []byte) error {
	if _, err := p.stdout.Write(b); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}

func (p *printer) writeJSON(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err
	}
	return p.writeResult(printableJSON(b.Bytes()))
}

// infof tells the user something that is neither a warning nor an error.
func (p *printer) infof(format string, args ...any) {
	fmt.Fprintf(p.stderr, "manifest-tool: %s\n", printable(fmt.Sprintf(format, args...)))
}

func (p *printer) warnf(format string, args ...any)  { p.log.Warnf(format, args...) }
func (p *printer) debugf(format string, args ...any) { p.log.Debugf(format, args...) }
func (p *printer) errorf(format string, args ...any) { p.log.Errorf(format, args...) }

// warn prints each text as a warning.
func (p *printer) warn(texts ...string) {
	for _, text := range texts {
		p.log.Warn(text)
	}
}

// hint prints the next step below an error.
func (p *printer) hint(text string) {
	fmt.Fprintf(p.stderr, "hint: %s\n", printable(redactSecrets(text)))
}

// printProblem prints an error and its hint.
func (p *printer) printProblem(problem problem) {
	p.log.Error(problem.message)
	if problem.hint != "" {
		p.hint(problem.hint)
	}
}

// showDebug makes debugf print.
func (p *printer) showDebug() { p.log.SetLevel(logrus.DebugLevel) }

// divertMessages sends warnings and errors through w, which is a live display that keeps its bars below
// them. Nil sends them to stderr again.
func (p *printer) divertMessages(w io.Writer) {
	if w == nil {
		w = p.stderr
	}
	p.log.SetOutput(w)
}

// messages is where progress is shown: stderr.
func (p *printer) messages() io.Writer { return p.stderr }

// isInteractive tells whether stderr is a terminal.
func (p *printer) isInteractive() bool { return isTerminal(p.stderr) }

// width is the number of columns of the terminal, and 0 if stdout is no terminal.
func (p *printer) width() int {
	if !isTerminal(p.stdout) {
		return 0
	}
	width, _, err := term.GetSize(int(p.stdout.(*os.File).Fd()))
	if err != nil {
		return 0
	}
	return width
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
