package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A copiesError says which images of a repository were not copied.
type copiesError struct {
	errs       []error
	tried, all int
	begun      bool // something may have been written
}

func errorOf(copies []copied, all int, dryRun bool) error {
	e := &copiesError{tried: len(copies), all: all}
	for _, c := range copies {
		e.begun = e.begun || c.results != nil && !dryRun
		if c.err != nil {
			e.errs = append(e.errs, c.err)
		}
	}
	if e.errs == nil {
		return nil
	}
	return e
}

// Partial tells whether any image is copied, or a part of one.
func (e *copiesError) Partial() bool {
	return len(e.errs) < e.tried || slices.ContainsFunc(e.errs, isPartial)
}

// Unwrap gives what went wrong first.
func (e *copiesError) Unwrap() error { return e.errs[0] }

func (e *copiesError) Error() string {
	text := fmt.Sprintf("%d of %s failed", len(e.errs), count(e.all, "image"))
	if n := e.all - e.tried; n > 0 {
		text += fmt.Sprintf(", %d were not tried", n)
	}
	lines := []string{text + ":"}
	for _, err := range e.errs {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// isInvalidBehind recognises what is wrong with the command where something was written before that showed.
func isInvalidBehind(err error) bool {
	var copies *copiesError
	return errors.As(err, &copies) && copies.begun && errors.Is(err, registry.ErrInvalid)
}
