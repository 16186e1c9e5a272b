package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/sirupsen/logrus"
	"golang.org/x/term"

	"github.com/manifest-tool/manifest-tool/internal/output/mask"
	"github.com/manifest-tool/manifest-tool/internal/rawjson"
)

// A Printer writes what people and scripts read: results to stdout, everything else to stderr.
//
// Each line on stderr starts with the name of the program. Messages are lower case and have no full stop.
//
// Everything that it writes goes through a [safeWriter], which hides the secrets of the run.
type Printer struct {
	stdout, stderr *safeWriter
	secrets        *mask.Mask
	messages       atomic.Pointer[safeWriter] // stderr, or what keeps a live display below the messages
	log            *logrus.Logger
	colour         bool // stderr may have colours
	colourResult   bool // stdout may have colours
	quiet          bool // prints no line that is neither a warning nor an error
}

// New returns a Printer that prints warnings and errors, but no debug messages.
func New(stdout, stderr io.Writer) *Printer {
	p := &Printer{secrets: &mask.Mask{}, log: logrus.New()}
	p.secrets.AddPublic(hints()...)
	p.stdout = &safeWriter{to: stdout, mask: p.secrets}
	p.stderr = &safeWriter{to: stderr, mask: p.secrets, shapes: true}
	log := p.log
	p.messages.Store(p.stderr)
	log.SetOutput(p.stderr)
	log.SetFormatter(plainFormatter{p})
	log.SetLevel(logrus.WarnLevel)
	return p
}

// Secrets is where the secrets of the run are made known, so that no text shows them.
func (p *Printer) Secrets() *mask.Mask { return p.secrets }

// plainFormatter writes "manifest-tool: warning: text". Errors have no level word: an error ends the run.
type plainFormatter struct{ p *Printer }

func (f plainFormatter) Format(e *logrus.Entry) ([]byte, error) {
	prefix := "manifest-tool: "
	switch e.Level {
	case logrus.ErrorLevel:
		prefix = f.p.coloured(red, "manifest-tool:") + " "
	case logrus.WarnLevel:
		prefix += f.p.coloured(yellow, "warning:") + " "
	case logrus.DebugLevel:
		prefix += "debug: "
	}
	lines := strings.Split(strings.TrimRight(e.Message, "\n"), "\n")
	for i, line := range lines {
		lines[i] = prefix + Printable(line) + "\n"
	}
	return []byte(strings.Join(lines, "")), nil
}

// WriteResult writes a result to stdout. No other function writes results.
func (p *Printer) WriteResult(b []byte) error {
	hidden := hideSecrets(p.secrets, b)
	if !bytes.Equal(hidden, b) {
		p.Warnf("the result contains a secret of this run: printed as ***")
	}
	if _, err := p.stdout.Write(hidden); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}

// Stdout is for help texts. Their errors are kept for [Printer.LostOutput].
func (p *Printer) Stdout() io.Writer { return p.stdout }

// LostOutput returns the error of the first write to stdout that failed.
func (p *Printer) LostOutput() error {
	if err := p.stdout.failure(); err != nil {
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
	return p.WriteResult(rawjson.Printable(b.Bytes()))
}

// infof prints a message that is neither a warning nor an error.
func (p *Printer) infof(format string, args ...any) {
	if p.quiet {
		return
	}
	fmt.Fprintf(p.messages.Load(), "manifest-tool: %s\n", Printable(fmt.Sprintf(format, args...)))
}

// Note prints each text as a message that is no warning.
func (p *Printer) Note(texts ...string) {
	for _, text := range texts {
		p.infof("%s", text)
	}
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
	fmt.Fprintf(p.stderr, "%s\n", p.coloured(dim, "hint: "+Printable(text)))
}

// PrintProblem prints an error and its hint. A [Finding] has no message: the result says it.
func (p *Printer) PrintProblem(problem Problem) {
	if problem.message == "" {
		return
	}
	p.log.Error(problem.message)
	if problem.Hint != "" {
		p.Hint(problem.Hint)
	}
}

// ShowDebug makes debugf print.
func (p *Printer) ShowDebug() { p.log.SetLevel(logrus.DebugLevel) }

// SetQuiet leaves warnings and errors only.
func (p *Printer) SetQuiet() { p.quiet = true }

// DivertMessages sends all messages through w, which is a live display that keeps its bars below
// them. Nil sends them to stderr again.
func (p *Printer) DivertMessages(w io.Writer) {
	to := p.stderr
	if w != nil {
		to = &safeWriter{to: w, mask: p.secrets, shapes: true}
	}
	p.messages.Store(to)
	p.log.SetOutput(to)
}

// Messages is stderr.
func (p *Printer) Messages() io.Writer { return p.stderr }

// Display is stderr as it is, for a live display that has to know its terminal. The display shows names of registries
// and numbers.
func (p *Printer) Display() io.Writer { return p.stderr.to }

// IsInteractive reports whether stderr is a terminal.
func (p *Printer) IsInteractive() bool { return isTerminal(p.stderr.to) }

// HasTerminal reports whether stdout is a terminal.
func (p *Printer) HasTerminal() bool { return isTerminal(p.stdout.to) }

// width is the number of columns of the terminal, and 0 if stdout is no terminal.
func (p *Printer) width() int {
	if !isTerminal(p.stdout.to) {
		return 0
	}
	width, _, err := term.GetSize(int(p.stdout.to.(*os.File).Fd()))
	if err != nil {
		return 0
	}
	return width
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
