package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A usageError is a command line that cannot be carried out.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// usage makes a usageError of an error, if there is one.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err.Error()}
}

// A noDraftError is a name without a draft.
type noDraftError struct{ list spec.Reference }

func (e noDraftError) Error() string { return fmt.Sprintf("there is no draft of %s", e.list) }

// A movedError is a draft whose images have moved since it was made.
type movedError struct{ shifts []registry.Shift }

func (e *movedError) Error() string {
	var lines []string
	for _, s := range e.shifts {
		lines = append(lines, fmt.Sprintf("%s has moved since the draft was made: from %s to %s", s.Source.Unpinned(), s.Source.Digest, s.Now))
	}
	return strings.Join(lines, "\n")
}

// isOvertaken tells whether a plan was made for what a tag held, and the tag holds something else now.
func isOvertaken(err error) bool {
	var conflict *registry.ConflictError
	return errors.As(err, &conflict) && conflict.Pinned
}

// interrupted is the cause of a context that a signal ended.
type interrupted struct{ signal os.Signal }

func (i interrupted) Error() string { return "stopped by " + i.signal.String() }

// Is makes interrupted equal to context.Canceled for errors.Is.
func (i interrupted) Is(target error) bool { return target == context.Canceled }
