package output

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
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

// secrets are the forms of secrets in messages of servers and libraries. Package mask hides the secrets of the run.
// These forms are for other secrets: logins in URLs, and signatures in their queries.
var secrets = []struct {
	form *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`://[^/\s"']+@`), "://***@"},
	{regexp.MustCompile(`(https?://[^\s?"'<>]+)\?[^\s"'<>]+`), "$1?***"},
	{regexp.MustCompile(`\beyJ[\w-]{8,}\.[\w.-]*`), "***"},
	{regexp.MustCompile(`\b(gh[a-z]_|github_pat_|glpat-|dckr_(?:pat|oat)_)[\w-]{16,}`), "***"},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[\w.~+/-]*\d[\w.~+/-]*=*`), "$1 ***"},
	{regexp.MustCompile(`(?i)\b([\w-]*(?:signature|credential|token|password|secret)|sig)=[^&\s"',;]+`), "$1=***"},
	{regexp.MustCompile(`(?i)"([\w-]*(?:token|password|secret))"\s*:\s*"[^"]*"`), `"$1":"***"`},
}

// redactSecrets hides text that looks like a secret.
func redactSecrets(s string) string {
	for _, secret := range secrets {
		s = secret.form.ReplaceAllString(s, secret.as)
	}
	return s
}
