package remote

import "net/http"

// Withheld reports whether the registry refuses a read, though it knows who asks: see [registry.Withheld].
func (e *ResponseError) Withheld() bool {
	reads := e.Method == http.MethodGet || e.Method == http.MethodHead
	return !e.elsewhere && (e.Status == http.StatusForbidden || reads && e.Status == http.StatusPreconditionFailed)
}

// IsPage reports whether the answer is a page for people.
func (e *ResponseError) IsPage() bool { return e.HTML }

// A pageError is a page for people that came with the status of a success.
type pageError struct{ error }

// IsPage reports that it is one.
func (pageError) IsPage() bool { return true }

// Unwrap gives the cause.
func (e pageError) Unwrap() error { return e.error }
