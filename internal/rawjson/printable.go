package rawjson

import (
	"fmt"
	"strings"
	"unicode"
)

// Printable escapes the characters of JSON that would move the cursor, change the direction of writing or start a command of
// Azure Pipelines. A JSON reader gets the original text: the escaped characters can only be in strings. White space between
// tokens stays; a JSON string holds no tab and no line break.
func Printable(raw []byte) []byte {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(string(raw), "##", `#\u0023`) {
		switch {
		case strings.ContainsRune("\n\t\r", r) || unicode.IsPrint(r):
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
