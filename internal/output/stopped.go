package output

import (
	"errors"
	"strings"
)

// A PushError is an error of a push, with what the push had done by then.
type PushError struct {
	Err error
	// Began reports that the writes had begun. Before that, nothing is written.
	Began bool
	// Kept and Restarted report that the command has targets that keep what was sent to them (registries and layouts), and
	// targets that do not (archives).
	Kept, Restarted bool
	// Force reports that the command sends everything, whatever the target has.
	Force bool
}

func (e PushError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e PushError) Unwrap() error { return e.Err }

// wroteNothing reports whether a push failed before its first write.
func wroteNothing(err error) bool {
	var e PushError
	return errors.As(err, &e) && !e.Began
}

// stoppedHint says what a command has left behind, and what the same command does the next time.
func stoppedHint(err error) string {
	var e PushError
	switch isPush := errors.As(err, &e); {
	case as[NotStoredError](err):
		return "no login was stored; run the same command again"
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
