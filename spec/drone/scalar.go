package drone

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
)

// A value is a scalar of YAML, never a piece of its structure: what a branch or a commit message is called must not
// make keys, entries or comments (YAML 1.2, chapters 5 and 7).

// valueText returns the form of a value at a place, before the text that follows. The fault is a reason why the
// place cannot hold the value.
func (p *place) valueText(value, next string) (text, fault string) {
	if value == "" {
		return "", ""
	}
	p.settle()
	switch alone := p.state == atStart && p.ends(next); {
	case alone && isPlain(value, true, p.flow > 0) && !isNull(value):
		return value, ""
	case alone:
		return quoted(value), ""
	case strings.ContainsFunc(value, breaks):
		return "", "has a line break or another control character, which is only allowed where the variable is the whole value"
	case p.state == inText:
		quoted := quoted(value)
		return quoted[1 : len(quoted)-1], ""
	case p.state == inQuote:
		return strings.ReplaceAll(value, "'", "''"), ""
	case p.state == inNote, p.state == inBlock:
		return value, ""
	case !isPlain(value, p.state == atStart, p.flow > 0), p.blank && value[0] == '#':
		return "", fmt.Sprintf("is %q, which has a special meaning in YAML: put the text into quotation marks", excerpt.Of(value))
	}
	return value, ""
}

// breaks reports characters that end a line in YAML, or that YAML does not allow.
func breaks(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff'
}

// isPlain reports whether a text keeps its meaning without quotation marks.
func isPlain(value string, first, inFlow bool) bool {
	switch {
	case strings.ContainsFunc(value, breaks), strings.TrimSpace(value) != value && first:
		return false
	case strings.Contains(value, ": "), strings.Contains(value, " #"), strings.HasSuffix(value, ":"):
		return false
	case inFlow && (strings.ContainsAny(value, ",[]{}") || strings.Contains(value, "? ")):
		return false
	case first && (strings.ContainsRune("#!&*[]{},|>@`\"'%", rune(value[0])) || strings.HasPrefix(value, "---") || strings.HasPrefix(value, "...")):
		return false
	case first && strings.ContainsRune("-?:", rune(value[0])):
		return len(value) > 1 && value[1] != ' '
	}
	return true
}

func isNull(value string) bool { return value == "~" || strings.EqualFold(value, "null") }

// quoted writes a text as a string of YAML, which JSON strings are.
func quoted(value string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return `""`
	}
	return strings.NewReplacer("\u007f", `\u007f`, "\u0085", `\u0085`, "\ufeff", `\ufeff`).Replace(strings.TrimSpace(b.String()))
}
