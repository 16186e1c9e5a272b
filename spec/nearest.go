package spec

import (
	"fmt"
	"strings"

	"github.com/xrash/smetrics"
)

// Nearest is the word that somebody who wrote s most likely meant, or "" if none is near.
func Nearest(s string, words ...string) string {
	lower := strings.ToLower(s)
	nearest, least := "", 1+len(s)/3 // a slip in three letters
	for _, word := range words {
		distance := smetrics.WagnerFischer(lower, strings.ToLower(word), 1, 1, 1)
		if len(s) >= 3 && (strings.HasPrefix(word, lower) || strings.HasSuffix(word, lower)) {
			distance = min(distance, 1)
		}
		if distance < least || distance == least && nearest == "" {
			nearest, least = word, distance
		}
	}
	return nearest
}

func didYouMean(s string, words ...string) string {
	if nearest := Nearest(s, words...); nearest != "" {
		return fmt.Sprintf("; did you mean %s?", nearest)
	}
	return ""
}
