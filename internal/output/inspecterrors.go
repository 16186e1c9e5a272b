package output

import (
	"fmt"
	"strings"
)

// An inspectErrors says which of several images could not be shown. Its exit code is that of the first.
type inspectErrors struct {
	errs []error
	all  int
}

// InspectErrors makes one error of the errors of several images, if there are any.
func InspectErrors(errs []error, all int) error {
	switch {
	case len(errs) == 0:
		return nil
	case all == 1:
		return errs[0]
	}
	return &inspectErrors{errs, all}
}

// Unwrap returns the first error.
func (e *inspectErrors) Unwrap() error { return e.errs[0] }

func (e *inspectErrors) Error() string {
	lines := []string{fmt.Sprintf("%d of %s failed:", len(e.errs), Count(e.all, "image"))}
	for _, err := range e.errs {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}
