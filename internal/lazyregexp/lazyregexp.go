// Package lazyregexp compiles regular expressions at their first use. A run needs few of them, and compiling all of them
// takes a good part of the time in which the program starts.
package lazyregexp

import (
	"regexp"
	"sync"
)

// A Regexp is a regular expression that is compiled at the first call.
type Regexp func() *regexp.Regexp

// New returns a regular expression. It panics at the first call if the expression is wrong.
func New(expression string) Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
