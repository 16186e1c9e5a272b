package drone

import (
	"fmt"
	"regexp"
	"strings"
)

// maxWord limits in bytes the arguments of replace and regexReplace that can multiply a text.
const maxWord = 256

// A helper is a function in templates. The order of its arguments is the order in Drone's template library:
// the text comes last, except in truncate and regexReplace.
type helper struct {
	takes string // of each argument: t a text, w a short one, n a number, v any value, also an absent one
	call  func([]argument) (any, error)
	cost  int // of each byte of the arguments; 0 is 1
}

type argument struct {
	value  any
	text   string
	number int
}

var helpers = map[string]helper{
	"trimPrefix": {takes: "tt", call: texts(strings.TrimPrefix)},
	"trimSuffix": {takes: "tt", call: texts(strings.TrimSuffix)},
	"contains":   {takes: "tt", call: texts(strings.Contains)},
	"hasPrefix":  {takes: "tt", call: texts(strings.HasPrefix)},
	"hasSuffix":  {takes: "tt", call: texts(strings.HasSuffix)},
	"lower":      {takes: "t", call: text(strings.ToLower)},
	"lowercase":  {takes: "t", call: text(strings.ToLower)},
	"upper":      {takes: "t", call: text(strings.ToUpper)},
	"uppercase":  {takes: "t", call: text(strings.ToUpper)},
	"replace": {takes: "wwt", call: func(a []argument) (any, error) {
		return strings.ReplaceAll(a[2].text, a[0].text, a[1].text), nil
	}, cost: maxWord},
	"substr": {takes: "nnt", call: func(a []argument) (any, error) {
		return substring(a[2].text, a[0].number, a[1].number), nil
	}},
	"trunc":    {takes: "nt", call: func(a []argument) (any, error) { return truncated(a[1].text, a[0].number, false), nil }},
	"truncate": {takes: "tn", call: func(a []argument) (any, error) { return truncated(a[0].text, a[1].number, true), nil }},
	"default": {takes: "vv", call: func(a []argument) (any, error) {
		if isTruthy(a[1].value) {
			return a[1].value, nil
		}
		return a[0].value, nil
	}},
	"regexReplace": {takes: "wtw", call: func(a []argument) (any, error) {
		pattern, err := regexp.Compile(a[0].text)
		if err != nil {
			return nil, fmt.Errorf("invalid pattern: %w", err)
		}
		return pattern.ReplaceAllString(a[1].text, a[2].text), nil
	}, cost: 40 * maxWord},
}

// texts is a helper that asks a function for the second of two texts about the first.
func texts[V any](f func(s, part string) V) func([]argument) (any, error) {
	return func(a []argument) (any, error) { return f(a[1].text, a[0].text), nil }
}

func text(f func(string) string) func([]argument) (any, error) {
	return func(a []argument) (any, error) { return f(a[0].text), nil }
}

// substring is the characters from start to before end. A start below 0 is 0, an end that makes no
// sense is that of the text.
func substring(s string, start, end int) string {
	runes := []rune(s)
	start = min(max(start, 0), len(runes))
	if end < 0 || end > len(runes) {
		end = len(runes)
	}
	return string(runes[start:max(start, end)])
}

// truncated is the first n characters. Of a negative n, one helper makes the last -n, the other
// what is behind the first -n.
func truncated(s string, n int, behind bool) string {
	runes := []rune(s)
	switch length := len(runes); {
	case n >= length, n <= -length:
		return s
	case n >= 0:
		return string(runes[:n])
	case behind:
		return string(runes[-n:])
	default:
		return string(runes[length+n:])
	}
}
