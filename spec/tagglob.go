package spec

import "strings"

// globOf turns a regular expression for whole tags into a pattern of --tag-filter that takes the same tags, if there is
// one.
func globOf(expression string) (glob string, ok bool) {
	expression = strings.TrimSuffix(strings.TrimPrefix(expression, "^"), "$")
	var b strings.Builder
	for rest := expression; rest != ""; {
		atom, after, ok := cutAtom(rest)
		if !ok {
			return "", false
		}
		quantifier := ""
		if after != "" && strings.ContainsRune("*+?{", rune(after[0])) {
			quantifier, after = after[:1], after[1:]
		}
		switch {
		case quantifier == "":
			b.WriteString(atom)
		case atom == "?" && quantifier == "*":
			b.WriteString("*")
		case atom == "?" && quantifier == "+":
			b.WriteString("?*")
		default:
			return "", false
		}
		rest = after
	}
	return b.String(), b.Len() > 0
}

// cutAtom cuts the first part of an expression off, and returns it as a pattern.
func cutAtom(s string) (glob, rest string, ok bool) {
	switch first := s[0]; {
	case first == '.':
		return "?", s[1:], true
	case strings.HasPrefix(s, `\.`), strings.HasPrefix(s, `\-`):
		return s[1:2], s[2:], true
	case strings.HasPrefix(s, `\d`):
		return "[0-9]", s[2:], true
	case first == '[':
		end := strings.IndexByte(s, ']')
		if end < 2 || strings.Trim(s[1:end], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" || s[1] == '-' || s[end-1] == '-' {
			return "", "", false
		}
		return s[:end+1], s[end+1:], true
	case isTagLetter(first):
		return s[:1], s[1:], true
	}
	return "", "", false
}

func isTagLetter(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b == '-'
}
