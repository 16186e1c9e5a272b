package registry

import (
	"errors"
	"fmt"
)

// The classes of failure. An error of this package, or of a Repository, wraps at most one of them.
var (
	// ErrNotFound: what was asked for does not exist.
	ErrNotFound = errors.New("not found")
	// ErrDenied: the credentials, or the lack of them, do not allow it.
	ErrDenied = errors.New("access denied")
	// ErrUnverified: something is not what it claims to be, or not what was asked for.
	ErrUnverified = errors.New("verification failed")
	// ErrRefused: the registry rejects the request, or another client moved the tag.
	ErrRefused = errors.New("refused")
	// ErrUnavailable: the network or an overloaded server; the same may work later.
	ErrUnavailable = errors.New("unavailable")
	// ErrInvalid: what was asked for cannot be done, whatever the registries hold; nothing was written.
	ErrInvalid = errors.New("invalid")
)

// OpError says what was being done, and to what.
type OpError struct {
	Op  string // a verb: "read", "push", "tag"
	Ref string // the reference, as the user knows it
	Err error
}

func (e *OpError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Ref, e.Err) }

// Unwrap gives the cause.
func (e *OpError) Unwrap() error { return e.Err }

// WrapOp wraps an error, unless it names already what it is about.
func WrapOp(op string, ref fmt.Stringer, err error) error {
	if inner := (*OpError)(nil); err == nil || errors.As(err, &inner) {
		return err
	}
	return &OpError{Op: op, Ref: ref.String(), Err: err}
}

// A classError has a text of its own and belongs to a class.
type classError struct {
	class error
	cause error
}

func (e *classError) Error() string   { return e.cause.Error() }
func (e *classError) Unwrap() []error { return []error{e.class, e.cause} }

// Errorf is fmt.Errorf for an error of one of the classes above, whose own words are not printed.
func Errorf(class error, format string, args ...any) error {
	return &classError{class: class, cause: fmt.Errorf(format, args...)}
}
