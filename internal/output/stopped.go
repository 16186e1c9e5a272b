package output

import (
	"errors"
	"strings"
)

// A StoppedError is an error of a run that a signal or --timeout ended, with what the run had done by then.
type StoppedError struct {
	Err error
	// Began reports that the push had begun. Before that, nothing is written.
	Began bool
	// Kept and Restarted report that the command has targets that keep what was sent to them (registries and layouts), and
	// targets that do not (archives).
	Kept, Restarted bool
	// Force reports that the command sends everything, whatever the target has.
	Force bool
}

func (e StoppedError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e StoppedError) Unwrap() error { return e.Err }

// A NothingWrittenError is an error of a push that failed before the first write.
type NothingWrittenError struct{ Err error }

func (e NothingWrittenError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e NothingWrittenError) Unwrap() error { return e.Err }

// stoppedHint says what a command has left behind, and what the same command does the next time.
func stoppedHint(err error) string {
	var e StoppedError
	switch isPush := errors.As(err, &e); {
	case !isPush:
		return "no registry was changed; run the same command again"
	case !e.Began:
		return "nothing was written; run the same command again"
	}
	var texts []string
	if e.Kept {
		then := "sends only what the target lacks"
		if e.Force {
			then = "sends everything again, because of --force"
		}
		texts = append(texts, "no tag is half-written: each holds the old image or the whole new one; the same command "+then)
	}
	if e.Restarted {
		texts = append(texts, "an archive is written whole or not at all; the same command starts again from the beginning")
	}
	return strings.Join(texts, "; ")
}
