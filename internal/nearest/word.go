// Package nearest finds the words and the tags that the author of an unknown one most likely meant.
package nearest

import (
	"fmt"
	"strings"

	"github.com/xrash/smetrics"
)

// Word returns the word that the author of s most likely meant, or "" if no word is near. A word is near if s begins or
// ends it, if s leaves out one or two of its letters, or three between its first and its last, if two neighbouring
// letters are swapped, or if no more than every third letter of s is wrong.
func Word(s string, words ...string) string {
	s = strings.ToLower(s)
	nearest, least := "", 1+2*len(s)
	for _, word := range words {
		if d, isNear := distance(s, strings.ToLower(word)); isNear && d < least {
			nearest, least = word, d
		}
	}
	return nearest
}

// distance rates the slips that make s of a word, two points for a wrong letter. It also returns whether they are
// few.
func distance(s, word string) (points int, isNear bool) {
	limit := max(1, len(s)/3)
	switch short := len(word) - len(s); {
	case len(s) < 2:
		return 0, false
	case s == word:
		return 0, true
	case len(s) >= 3 && strings.HasPrefix(word, s), isSwap(s, word):
		return 1, true
	case len(s) >= 3 && short > 0 && short <= 2 && s[0] == word[0] && isPart(s, word):
		return 2 * short, true
	case short == 3 && isShortened(strings.TrimLeft(s, "-"), strings.TrimLeft(word, "-")):
		return 2 * short, true
	case len(s) >= 3 && strings.HasSuffix(word, s):
		return 3, true
	case max(short, -short) > limit:
		return 0, false
	}
	slips := smetrics.WagnerFischer(s, word, 1, 1, 1)
	return 2 * slips, slips <= limit
}

// isSwap reports whether two swapped neighbouring letters make the difference.
func isSwap(s, word string) bool {
	for i := range min(len(s), len(word)) - 1 {
		if s[i] != word[i] {
			return s[:i]+s[i+1:i+2]+s[i:i+1]+s[i+2:] == word
		}
	}
	return false
}

// isShortened reports whether s has the first and the last letter of a word, and some of those between, as tgt of
// target.
func isShortened(s, word string) bool {
	return len(s) >= 3 && s[0] == word[0] && s[len(s)-1] == word[len(word)-1] && isPart(s, word)
}

// isPart reports whether a word holds all letters of s in their order.
func isPart(s, word string) bool {
	for i := range len(word) {
		if s != "" && s[0] == word[i] {
			s = s[1:]
		}
	}
	return s == ""
}

// DidYouMean is the end of a message about an unknown word: a question with the nearest of some words, or nothing.
func DidYouMean(s string, words ...string) string {
	return Question(Word(s, words...))
}

// Question is the end of a message about an unknown word: a question with the nearest word, or nothing.
func Question(nearest string) string {
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", nearest)
}
