package registry

import (
	"context"
	"errors"
)

// An Outcome is the result of a read of something optional, such as a tag of signatures.
type Outcome int

const (
	// Absent: the repository says that it does not have it, or does not know the question.
	Absent Outcome = iota
	// Found: the repository has it.
	Found
	// Hidden: the repository does not reveal whether the thing exists.
	Hidden
)

// An Optional is the answer to such a question. A question that gets no answer, such as from a registry that
// is down, is an error and no Optional: the same question may be answered later.
type Optional[T any] struct {
	Outcome Outcome
	// Value is what was found.
	Value T
	// Reason says why the repository may have more than Value. It is set for Hidden, and for what was found
	// in another way after the first way was Hidden.
	Reason error
}

// found is an answer that holds a value.
func found[T any](value T) Optional[T] { return Optional[T]{Outcome: Found, Value: value} }

// hidden is the result if the repository does not reveal whether the thing exists.
func hidden[T any](reason error) Optional[T] { return Optional[T]{Outcome: Hidden, Reason: reason} }

// ReadOptional reads a manifest that need not exist, from a repository whose image could be read. A registry that
// denies access to such a manifest, or answers with an HTML page, does not reveal whether the manifest exists:
// Artifactory answers 403 for a tag that does not exist (RTFACT-13797).
func ReadOptional(ctx context.Context, r Repository, ref Ref) (Optional[Manifest], error) {
	m, err := r.Manifest(ctx, ref)
	switch {
	case err == nil:
		return found(m), nil
	case errors.Is(err, ErrNotFound):
		return Optional[Manifest]{}, nil
	case Withheld(err), isPage(err):
		return hidden[Manifest](err), nil
	}
	return Optional[Manifest]{}, err
}

// Withheld reports whether a registry refuses to show something to a client that may use the registry: 403, or 412
// for a policy about the image (Harbor's "Prevent vulnerable images from running"). Some registries give this
// answer for something that does not exist. The first write shows whether a target is writable.
func Withheld(err error) bool {
	var answer interface{ Withheld() bool }
	return errors.As(err, &answer) && answer.Withheld()
}

// IsBroken reports whether a registry failed to answer a read with the status 500, also after more tries. Registries
// answer so if they lost the content of something that they know.
func IsBroken(err error) bool {
	var answer interface{ Broken() bool }
	return errors.As(err, &answer) && answer.Broken()
}

// isPage reports whether a page for people came in the place of an answer, so that nothing is known.
func isPage(err error) bool {
	var answer interface{ IsPage() bool }
	return errors.Is(err, ErrUnverified) && errors.As(err, &answer) && answer.IsPage()
}
