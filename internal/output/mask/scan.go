package mask

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// ellipsis ends a text that was cut.
const ellipsis = "…"

// scan reports every place in a decoded text that matches a pattern, until found returns false.
func (p *patterns) scan(text []byte, found func(span, pattern) bool) {
	if len(text) < keyed {
		return
	}
	var key uint32
	var long reach
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		key = key>>8 | uint32(c)<<24
		if h := hash(key); i < keyed-1 || p.first[h>>3]&(1<<(h&7)) == 0 {
			continue
		}
		for _, candidate := range p.index[key] {
			start := i - keyed + 1
			if long.covers(candidate, start) {
				continue
			}
			s, ok := candidate.at(text, start)
			if ok && !found(s, candidate) {
				return
			}
			if ok && len(candidate.exact) > compared {
				long = reach{&candidate.exact[0], s.end}
			}
		}
	}
}

// A reach is how far the last match of a long pattern goes. A secret that repeats itself matches at each place of a
// text that does the same, which would take long.
type reach struct {
	of  *byte
	end int
}

func (r reach) covers(p pattern, start int) bool {
	return r.of == &p.exact[0] && start < r.end-compared
}

// at reports whether the pattern occurs at a place, and returns the text that shows the secret.
func (p pattern) at(text []byte, start int) (span, bool) {
	size := p.agrees(text[start:min(len(text), start+compared)])
	end := start + size
	switch {
	case size == len(p.exact), size == compared:
		end = start + p.agrees(text[start:])
	case size >= keyed && !p.word && bytes.HasPrefix(text[end:], []byte(ellipsis)):
	default:
		return span{}, false
	}
	if p.word && (isWord(before(text, start)) || isWord(after(text, end))) {
		return span{}, false
	}
	if p.edge[0] && start > 0 && isBase64(text[start-1]) {
		start--
	}
	if p.edge[1] && end < len(text) && isBase64(text[end]) {
		end++
	}
	for (p.edge[0] || p.edge[1]) && end < len(text) && text[end] == '=' {
		end++
	}
	return span{start, end}, true
}

// agrees returns how many bytes of the pattern the text begins with.
func (p pattern) agrees(text []byte) int {
	exact := p.word || p.cased
	for i := range min(len(text), len(p.exact)) {
		c := text[i]
		if c != p.exact[i] && (exact || lower(c) != p.folded[i]) {
			return i
		}
	}
	return min(len(text), len(p.exact))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	return c
}

func isBase64(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '/' || c == '-' || c == '_'
}

func before(text []byte, at int) rune {
	r, _ := utf8.DecodeLastRune(text[:at])
	return r
}

func after(text []byte, at int) rune {
	r, _ := utf8.DecodeRune(text[at:])
	return r
}

// isWord reports whether a character continues a word.
func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}
