package rawjson

import (
	"bytes"
	"fmt"
)

// MaxValues is how many values a document may hold. An index of 1,000 entries has about 20,000 with all
// fields of each descriptor and its platform.
const MaxValues = 100_000

const (
	maxDepth  = 100
	maxNumber = 100 // bytes
)

// CheckBounds refuses a document whose decoding would take much more memory than its bytes: one with more
// than maxValues values, with deep nesting, or with a number that has no end. CheckBounds counts brackets,
// commas and quotes and allocates nothing. CheckBounds does not check that the document is valid JSON.
func CheckBounds(raw []byte, maxValues int) error {
	depth, values, word := 0, 0, 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = stringEnd(raw, i) - 1
			word = 0
		case '{', '[':
			depth++
			values++
			word = 0
		case '}', ']':
			depth--
			word = 0
		case ',':
			values++
			word = 0
		case ' ', '\t', '\n', '\r', ':':
			word = 0
		default:
			word++
		}
		switch {
		case depth > maxDepth:
			return fmt.Errorf("it is nested more than %d deep", maxDepth)
		case values > maxValues:
			return fmt.Errorf("it holds more than %d values", maxValues)
		case word > maxNumber:
			return fmt.Errorf("it holds a number of more than %d digits", maxNumber)
		}
	}
	return nil
}

// stringEnd is the position behind the string that begins at start, or the end of raw.
func stringEnd(raw []byte, start int) int {
	for at := start + 1; ; {
		i := bytes.IndexByte(raw[at:], '"')
		if i < 0 {
			return len(raw)
		}
		at += i + 1
		slashes := 0
		for raw[at-2-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
	}
}
