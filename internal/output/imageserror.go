package output

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
)

// An imagesError says which images of a repository were not copied.
type imagesError struct {
	errs       []error
	tried, all int
	begun      bool // something may have been written
}

// Partial reports whether an image, or a part of an image, was copied.
func (e *imagesError) Partial() bool {
	return len(e.errs) < e.tried || slices.ContainsFunc(e.errs, isPartial)
}

// Unwrap returns the first error.
func (e *imagesError) Unwrap() error { return e.errs[0] }

func (e *imagesError) Error() string {
	text := fmt.Sprintf("%d of %s failed", len(e.errs), Count(e.all, "image"))
	if n := e.all - e.tried; n > 0 {
		text += fmt.Sprintf(", %d were not tried", n)
	}
	lines := []string{text + ":"}
	for _, err := range e.errs {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// isInvalidBehind matches an invalid command whose error showed only after something was written.
func isInvalidBehind(err error) bool {
	var images *imagesError
	return errors.As(err, &images) && images.begun && errors.Is(err, registry.ErrInvalid)
}
