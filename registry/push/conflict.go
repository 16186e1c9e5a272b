package push

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/registry"
)

// A ConflictError is a tag that another client has moved since the plan was made.
type ConflictError struct {
	Holds v1.Hash // now; the zero hash if the tag does not exist
	From  v1.Hash // what it held
	Ours  v1.Hash // the digest that this run put, if the tag moved after that
	// Pinned means that the new content depends on the old content of the tag, so a retry needs a new plan.
	Pinned bool
}

func (e *ConflictError) Error() string {
	const text = "another client moved the tag during this run: the tag now holds "
	switch {
	case e.Ours != v1.Hash{}:
		return text + fmt.Sprintf("%s, not %s, which this run pushed", e.Holds, e.Ours)
	case e.From == v1.Hash{}:
		return fmt.Sprintf("another client created the tag during this run: the tag now holds %s; this run did not move it", e.Holds)
	case e.Holds == v1.Hash{}:
		return fmt.Sprintf("another client removed the tag during this run: the tag held %s; this run did not move it", e.From)
	}
	return text + fmt.Sprintf("%s, not %s; this run did not move it", e.Holds, e.From)
}

// Unwrap returns the class.
func (e *ConflictError) Unwrap() error { return registry.ErrRefused }
