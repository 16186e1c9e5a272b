package output

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote"
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
	lines, down := []string{text + ":"}, outages{}
	for _, err := range e.errs {
		if !down.add(err) {
			lines = append(lines, err.Error())
		}
	}
	return strings.Join(append(lines, down.lines()...), "\n")
}

// outages count images that failed because a registry did not answer earlier requests, by registry. They have one line
// together.
type outages map[string]*outageCount

type outageCount struct {
	images int
	last   *remote.DownError
}

func (o outages) add(err error) bool {
	var down *remote.DownError
	if !errors.As(err, &down) {
		return false
	}
	if o[down.Host] == nil {
		o[down.Host] = &outageCount{}
	}
	o[down.Host].images++
	o[down.Host].last = down
	return true
}

func (o outages) lines() (lines []string) {
	for _, host := range slices.Sorted(maps.Keys(o)) {
		lines = append(lines, fmt.Sprintf("%s not tried: %v", Count(o[host].images, "image"), o[host].last))
	}
	return lines
}

// A NotTriedError is the end of a run before all images were tried. No image failed.
type NotTriedError struct {
	Left, All int
	Err       error // why the run ended
}

func (e NotTriedError) Error() string {
	if e.All == 1 {
		return e.Err.Error()
	}
	return fmt.Sprintf("%d of %s not tried: %v", e.Left, Count(e.All, "image"), e.Err)
}

// Unwrap returns the error.
func (e NotTriedError) Unwrap() error { return e.Err }

// isInvalidBehind matches an invalid command whose error showed only after something was written.
func isInvalidBehind(err error) bool {
	var images *imagesError
	return errors.As(err, &images) && images.begun && errors.Is(err, registry.ErrInvalid)
}
