package main

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// printable makes text from elsewhere harmless for who reads it, and keeps it in its line. What moves the
// cursor of a terminal, sets colours or turns the direction of writing is shown, not done; and so is what
// a CI runner takes for a command: GitHub's at the beginning of a line, or as Azure's anywhere in it.
func printable(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	s = strings.ReplaceAll(b.String(), "##", `#\u0023`)
	if bare := strings.TrimLeft(s, " "); strings.HasPrefix(bare, "::") {
		return s[:len(s)-len(bare)] + `\u003a` + bare[1:]
	}
	return s
}

// printableJSON is the same for JSON, whose readers find what was there before: all of this can only
// stand in strings.
func printableJSON(raw []byte) []byte {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(string(raw), "##", `#\u0023`) {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, "\\u%04x\\u%04x", 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return []byte(b.String())
}

// secrets are what looks like one, in the words of servers and libraries. What was sent to a registry is
// hidden where its answer is read; this is for what is left: logins in URLs, and signatures behind them.
var secrets = []struct {
	form *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`://[^/\s"']+@`), "://***@"},
	{regexp.MustCompile(`(https?://[^\s?"'<>]+)\?[^\s"'<>]+`), "$1?***"},
	{regexp.MustCompile(`\beyJ[\w-]{8,}\.[\w.-]*`), "***"},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[\w.~+/-]*\d[\w.~+/-]*=*`), "$1 ***"},
	{regexp.MustCompile(`(?i)\b([\w-]*(?:signature|credential|token|password|secret)|sig)=[^&\s"',;]+`), "$1=***"},
	{regexp.MustCompile(`(?i)"([\w-]*(?:token|password|secret))"\s*:\s*"[^"]*"`), `"$1":"***"`},
}

// concealed hides what looks like a secret.
func concealed(s string) string {
	for _, secret := range secrets {
		s = secret.form.ReplaceAllString(s, secret.as)
	}
	return s
}
