// Package excerpt shortens text for messages.
package excerpt

import "strings"

// Of returns the first 100 bytes of a text.
func Of(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}
