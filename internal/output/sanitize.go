package output

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// Printable escapes text from registries, files and images, and keeps it on one line. It shows control
// sequences that move the cursor, set colours or change the direction of writing, instead of sending them to
// the terminal. It also escapes the commands of CI runners: GitHub reads them at the beginning of a line, Azure
// anywhere in it.
func Printable(s string) string {
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

// A secretForm is a form of secrets. A text without the substring has no secret of this form: most texts need none of
// the regular expressions.
type secretForm struct {
	substring string
	form      lazyregexp.Regexp
	as        string
}

// secretForms are the forms of secrets in messages of servers and libraries. Package mask hides the secrets of the run.
// These forms are for other secrets: logins in URLs, and signatures in their queries.
var secretForms = []secretForm{
	{"://", lazyregexp.New(`://[^/\s"']+@`), "://***@"},
	{"?", lazyregexp.New(`(https?://[^\s?"'<>]+)\?[^\s"'<>]+`), "$1?***"},
	{"eyJ", lazyregexp.New(`\beyJ[\w-]{8,}\.[\w.-]*`), "***"},
	{"_", lazyregexp.New(`\b(gh[a-z]_|github_pat_|dckr_(?:pat|oat)_)[\w-]{16,}`), "***"},
	{"glpat-", lazyregexp.New(`\bglpat-[\w-]{16,}`), "***"},
	{"", lazyregexp.New(`(?i)\b(bearer|basic)\s+[\w.~+/-]*\d[\w.~+/-]*=*`), "$1 ***"},
	{"=", lazyregexp.New(`(?i)\b([\w-]*(?:signature|credential|token|password|secret)|sig)=[^&\s"',;]+`), "$1=***"},
	{`"`, lazyregexp.New(`(?i)"([\w-]*(?:token|password|secret))"\s*:\s*"[^"]*"`), `"$1":"***"`},
}

// redactSecrets hides text that looks like a secret.
func redactSecrets(s string) string {
	for _, secret := range secretForms {
		if strings.Contains(s, secret.substring) {
			s = secret.form().ReplaceAllString(s, secret.as)
		}
	}
	return s
}
