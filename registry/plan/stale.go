package plan

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A StaleError is a target that no longer holds what it held when the plan was made. It is a [registry.ErrRefused].
type StaleError struct {
	Reference spec.Reference // a tag of the target, or a manifest
	From, Now v1.Hash        // zero: the tag did not exist, or does not exist
}

func (e *StaleError) Error() string {
	switch {
	case e.Reference.Tag == "":
		return fmt.Sprintf("%s does not exist any more, but it existed when the plan was made", e.Reference)
	case e.From == v1.Hash{}:
		return fmt.Sprintf("%s holds %s, but the tag did not exist when the plan was made", e.Reference, e.Now)
	case e.Now == v1.Hash{}:
		return fmt.Sprintf("%s does not exist any more, but the tag held %s when the plan was made", e.Reference, e.From)
	}
	return fmt.Sprintf("%s holds %s, but the tag held %s when the plan was made", e.Reference, e.Now, e.From)
}

// Unwrap returns the class.
func (e *StaleError) Unwrap() error { return registry.ErrRefused }

// A SourceError is a manifest of a plan that its source does not hold any more. It is a [registry.ErrNotFound].
type SourceError struct {
	Reference spec.Reference
	Err       error
}

func (e *SourceError) Error() string {
	return fmt.Sprintf("%s does not exist any more, but it existed when the plan was made: %v", e.Reference, e.Err)
}

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// joined is the only error, or all of them.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	text := fmt.Sprintf("%d things have changed since the plan was made", len(errs))
	for _, err := range errs {
		text += "\n" + err.Error()
	}
	return &severalErrors{text, errs}
}

type severalErrors struct {
	text string
	errs []error
}

func (e *severalErrors) Error() string   { return e.text }
func (e *severalErrors) Unwrap() []error { return e.errs }
