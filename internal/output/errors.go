package output

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A UsageError is a command line that cannot be carried out.
type UsageError struct{ text string }

func (e UsageError) Error() string { return e.text }

// Usagef formats a UsageError.
func Usagef(format string, args ...any) error { return UsageError{fmt.Sprintf(format, args...)} }

// Usage makes a usageError of an error, if there is one.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return UsageError{err.Error()}
}

// A NotStoredError is a login that was not stored.
type NotStoredError struct{ Err error }

func (e NotStoredError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e NotStoredError) Unwrap() error { return e.Err }

// A NoDraftError is a name without a draft.
type NoDraftError struct {
	List spec.Reference
	Near []spec.Reference // drafts with a similar name
	// IsPush is set where the draft was to be pushed: some pushes need no draft.
	IsPush bool
}

func (e NoDraftError) Error() string {
	text := fmt.Sprintf("no draft of %s", e.List)
	if len(e.Near) > 0 {
		names := make([]string, len(e.Near))
		for i, ref := range e.Near {
			names[i] = ref.String()
		}
		text += fmt.Sprintf("; did you mean %s?", strings.Join(names, ", "))
	}
	return text
}

// A MovedError is a draft whose images have moved since it was made.
type MovedError struct{ Shifts []plan.TagDrift }

func (e *MovedError) Error() string {
	var lines []string
	for _, s := range e.Shifts {
		lines = append(lines, fmt.Sprintf("%s has moved since the draft was created: from %s to %s", s.Source.Unpinned(), s.Source.Digest, s.Now))
	}
	return strings.Join(lines, "\n")
}

// IsOvertaken reports whether a plan depends on the old content of a tag, and the tag has moved.
func IsOvertaken(err error) bool {
	var conflict *push.ConflictError
	return errors.As(err, &conflict) && conflict.Pinned
}

// An OvertakenPlanError is a plan file that another client has made out of date while it was carried out.
type OvertakenPlanError struct{ Err error }

func (e OvertakenPlanError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e OvertakenPlanError) Unwrap() error { return e.Err }

// TimedOut is the cause of a context that --timeout ended.
type TimedOut struct{ After time.Duration }

func (t TimedOut) Error() string { return "not finished after " + t.After.String() + " (--timeout)" }

// Is makes TimedOut equal to context.Canceled for errors.Is.
func (t TimedOut) Is(target error) bool { return target == context.Canceled }

// Interrupted is the cause of a context that a signal ended.
type Interrupted struct{ Signal os.Signal }

func (i Interrupted) Error() string { return "stopped by " + i.Signal.String() }

// Is makes interrupted equal to context.Canceled for errors.Is.
func (i Interrupted) Is(target error) bool { return target == context.Canceled }

// A Finding is the result "different" or "outdated" of a command that compares. The result on stdout says what was
// found, and the exit code is 1.
type Finding string

func (f Finding) Error() string { return string(f) }

// comparing are the commands whose exit code 1 is a [Finding], as that of diff(1).
var comparing = []string{"manifest-tool diff", "manifest-tool outdated"}

// FailureCode is the exit code of a failure of a command that has no code of its own.
func FailureCode(command string) int {
	if slices.Contains(comparing, command) {
		return ExitUsage
	}
	return ExitFailure
}
