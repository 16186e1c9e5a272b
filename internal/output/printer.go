package output

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

// A Printer writes what people and scripts read: results to stdout, everything else to stderr.
//
// Each line on stderr starts with the name of the program. Messages are lower case and have no full stop.
type Printer struct {
	stdout, stderr io.Writer
	log            *logrus.Logger
}

// New returns a Printer that prints warnings and errors, but no debug messages.
func New(stdout, stderr io.Writer) *Printer {
	log := logrus.New()
	log.SetOutput(stderr)
	log.SetFormatter(plainFormatter{})
	log.SetLevel(logrus.WarnLevel)
	return &Printer{stdout: stdout, stderr: stderr, log: log}
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
		lines[i] = prefix + Printable(redactSecrets(line)) + "\n"
	}
	return []byte(strings.Join(lines, "")), nil
}

// WriteResult writes a result to stdout. No other function writes to stdout.
func (p *Printer) WriteResult(b []byte) error {
	if _, err := p.stdout.Write(b); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}

// WriteJSON writes a result as JSON to stdout.
func (p *Printer) WriteJSON(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err
	}
	return p.WriteResult(printableJSON(b.Bytes()))
}

// infof tells the user something that is neither a warning nor an error.
func (p *Printer) infof(format string, args ...any) {
	fmt.Fprintf(p.stderr, "manifest-tool: %s\n", Printable(fmt.Sprintf(format, args...)))
}

// Warnf, Debugf and Errorf print a message with its level. Each line of it is escaped.
func (p *Printer) Warnf(format string, args ...any)  { p.log.Warnf(format, args...) }
func (p *Printer) Debugf(format string, args ...any) { p.log.Debugf(format, args...) }
func (p *Printer) Errorf(format string, args ...any) { p.log.Errorf(format, args...) }

// Warn prints each text as a warning.
func (p *Printer) Warn(texts ...string) {
	for _, text := range texts {
		p.log.Warn(text)
	}
}

// Hint prints the next step below an error.
func (p *Printer) Hint(text string) {
	fmt.Fprintf(p.stderr, "hint: %s\n", Printable(redactSecrets(text)))
}

// PrintProblem prints an error and its hint.
func (p *Printer) PrintProblem(problem Problem) {
	p.log.Error(problem.message)
	if problem.Hint != "" {
		p.Hint(problem.Hint)
	}
}

// ShowDebug makes debugf print.
func (p *Printer) ShowDebug() { p.log.SetLevel(logrus.DebugLevel) }

// DivertMessages sends warnings and errors through w, which is a live display that keeps its bars below
// them. Nil sends them to stderr again.
func (p *Printer) DivertMessages(w io.Writer) {
	if w == nil {
		w = p.stderr
	}
	p.log.SetOutput(w)
}

// Messages is where progress is shown: stderr.
func (p *Printer) Messages() io.Writer { return p.stderr }

// IsInteractive tells whether stderr is a terminal.
func (p *Printer) IsInteractive() bool { return isTerminal(p.stderr) }

// width is the number of columns of the terminal, and 0 if stdout is no terminal.
func (p *Printer) width() int {
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
