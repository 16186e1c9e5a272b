package remote

import "net/http"

// Withheld reports whether the registry refuses a read to a known login, see [registry.Withheld].
func (e *ResponseError) Withheld() bool {
	reads := e.Method == http.MethodGet || e.Method == http.MethodHead
	return !e.elsewhere && (e.Status == http.StatusForbidden || reads && e.Status == http.StatusPreconditionFailed)
}

// Broken reports whether the registry fails to read what was asked for, see [registry.IsBroken].
func (e *ResponseError) Broken() bool {
	reads := e.Method == http.MethodGet || e.Method == http.MethodHead
	return reads && !e.elsewhere && e.Status == http.StatusInternalServerError
}

// IsPage reports whether the answer is an HTML page.
func (e *ResponseError) IsPage() bool { return e.HTML }

// A pageError is an HTML page in an answer with a success status.
type pageError struct{ error }

// IsPage returns true.
func (pageError) IsPage() bool { return true }

// Unwrap returns the cause.
func (e pageError) Unwrap() error { return e.error }
