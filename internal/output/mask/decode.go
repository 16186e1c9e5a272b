package mask

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxLayers is how many encodings inside each other are undone.
const maxLayers = 6

// decode undoes one layer of encoding in place: the escapes of JSON (RFC 8259, section 7) and of Go's %q, percent
// encoding (RFC 3986, section 2.1) and HTML character references. Control characters become blanks, as in messages,
// and so does +, which is a blank in forms. The positions, where they are given, are moved along with the bytes.
// It returns the shorter text, and whether anything was decoded.
func decode(text []byte, positions []int32) ([]byte, []int32, bool) {
	n, changed := 0, false
	var buffer [utf8.UTFMax]byte
	for i := 0; i < len(text); {
		if c := text[i]; c != '\\' && c != '%' && c != '&' {
			text[n] = visible(c)
			if positions != nil {
				positions[n] = positions[i]
			}
			n, i = n+1, i+1
			continue
		}
		decoded, size := escape(text[i:], buffer[:0])
		changed = changed || size > 1
		for _, c := range decoded {
			text[n] = c
			if positions != nil {
				positions[n] = positions[i]
			}
			n++
		}
		i += size
	}
	if positions != nil {
		positions[n] = positions[len(text)] // the end
		positions = positions[:n+1]
	}
	return text[:n], positions, changed
}

// escape decodes an escape at the beginning of a text. It appends the decoded bytes, and returns the size of the
// escape, like the functions below. If there is no escape, it appends the first byte.
func escape(text, to []byte) ([]byte, int) {
	switch text[0] {
	case '\\':
		return backslash(text, to)
	case '%':
		return percent(text, to)
	}
	return reference(text, to)
}

func backslash(text, to []byte) ([]byte, int) {
	if len(text) < 2 {
		return append(to, '\\'), 1
	}
	switch c := text[1]; c {
	case '"', '\\', '/', '\'', '`':
		return append(to, c), 2
	case 'a', 'b', 'f', 'n', 'r', 't', 'v':
		return append(to, ' '), 2
	case 'x':
		if value, ok := hex(text, 2, 2); ok {
			return append(to, visible(byte(value))), 4
		}
	case 'u':
		if value, ok := hex(text, 2, 4); ok {
			return unit(rune(value), text, to)
		}
	case 'U':
		if value, ok := hex(text, 2, 8); ok {
			return appendRune(to, rune(value)), 10
		}
	}
	return append(to, '\\'), 1
}

// unit decodes \uXXXX, which may be the first half of a pair.
func unit(r rune, text, to []byte) ([]byte, int) {
	if utf16.IsSurrogate(r) && len(text) >= 12 && text[6] == '\\' && text[7] == 'u' {
		if low, ok := hex(text, 8, 4); ok && utf16.DecodeRune(r, rune(low)) != utf8.RuneError {
			return utf8.AppendRune(to, utf16.DecodeRune(r, rune(low))), 12
		}
	}
	return appendRune(to, r), 6
}

func percent(text, to []byte) ([]byte, int) {
	if value, ok := hex(text, 1, 2); ok {
		return append(to, visible(byte(value))), 3
	}
	return append(to, '%'), 1
}

// reference decodes &name; and &#number;.
func reference(text, to []byte) ([]byte, int) {
	const longest = 12
	end := bytes.IndexByte(text[:min(len(text), longest)], ';')
	if end < 2 {
		return append(to, '&'), 1
	}
	name := string(text[1:end])
	r, known := namedCharacter(name)
	if name[0] == '#' {
		r, known = numbered(name[1:])
	}
	if !known {
		return append(to, '&'), 1
	}
	return appendRune(to, r), end + 1
}

func numbered(number string) (rune, bool) {
	base := 10
	if len(number) > 0 && (number[0] == 'x' || number[0] == 'X') {
		base, number = 16, number[1:]
	}
	value, err := strconv.ParseUint(number, base, 21)
	return rune(value), err == nil
}

// appendRune appends a character, or a blank for a control character.
func appendRune(to []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(to, visible(byte(r)))
	}
	return utf8.AppendRune(to, r)
}

func visible(c byte) byte {
	if c < ' ' || c == 0x7f || c == '+' {
		return ' '
	}
	return c
}

// hex reads a number of so many hexadecimal digits.
func hex(text []byte, at, digits int) (uint32, bool) {
	if len(text) < at+digits {
		return 0, false
	}
	var value uint32
	for _, c := range text[at : at+digits] {
		switch {
		case '0' <= c && c <= '9':
			value = value<<4 | uint32(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			value = value<<4 | uint32(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return value, true
}
