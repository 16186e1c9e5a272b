package nearest

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/xrash/smetrics"
)

// The comparison of two tags fills a table of letters. These limits bound the time that a long list of tags takes.
const (
	maxCompared = 5000    // tags
	maxTable    = 64 * 64 // letters of one tag by letters of the other
)

// maxWorse is how many points a tag may have more than the nearest one.
const maxWorse = 0.75

// Tags returns those of some tags that the author of a missing tag most likely meant, the most likely first. If no tag
// is near, Tags returns nothing.
func Tags(missing string, tags []string) []string {
	type rated struct {
		tag    string
		points float64
	}
	var near []rated
	for _, tag := range tags[:min(len(tags), maxCompared)] {
		if points, isNear := tagDistance(missing, tag); isNear {
			near = append(near, rated{tag, points})
		}
	}
	slices.SortStableFunc(near, func(a, b rated) int {
		return cmp.Or(cmp.Compare(a.points, b.points), newerFirst(a.tag, b.tag))
	})
	var found []string
	for _, r := range near {
		if r.points <= near[0].points+maxWorse {
			found = append(found, r.tag)
		}
	}
	return found
}

// Newest returns tags in the order in which they look new: versions first, the highest first.
func Newest(tags []string) []string {
	newest := slices.Clone(tags)
	slices.SortStableFunc(newest, newerFirst)
	return newest
}

// tagDistance rates the slips that make a tag of another one, a point for a wrong letter. It reports whether they are
// few. Letters that look the same count half, and so do a leading v and another separator.
func tagDistance(a, b string) (points float64, isNear bool) {
	plainA, plainB := plainTag(a), plainTag(b)
	baseA, endA := cutEnd(a)
	baseB, endB := cutEnd(b)
	switch {
	case plainA != plainB && baseA == baseB && baseA != "" && len(endA)*len(endB) <= maxTable: // 1.0-arm is missing, and there is 1.0-armv7
		return 0.75 + 0.5*float64(smetrics.WagnerFischer(endA, endB, 1, 1, 1))/float64(max(len(endA), len(endB))), true
	case plainA == "" || plainB == "":
		return 0, false
	case plainA == plainB:
		return 0.5, true
	case extends(plainB, plainA): // 1.0 is missing, and there is 1.0-amd64
		return 1 + float64(strings.Count(plainB, ".")-strings.Count(plainA, "."))/4, true
	case extends(plainA, plainB): // 1.0-amd64 is missing, and there is 1.0
		return 2, true
	}
	limit := max(1, len(plainA)/3)
	if d := len(plainA) - len(plainB); max(d, -d) > limit || len(plainA)*len(plainB) > maxTable {
		return 0, false
	}
	slips := smetrics.WagnerFischer(plainA, plainB, 1, 1, 1)
	return float64(slips) + 0.5, slips <= limit
}

// alike replaces the characters that people take for one another.
var alike = strings.NewReplacer("o", "0", "l", "1", "i", "1", "_", ".", "-", ".")

// plainTag is a tag as a person reads it.
func plainTag(tag string) string {
	tag = strings.ToLower(tag)
	if rest, ok := strings.CutPrefix(tag, "v"); ok && rest != "" && unicode.IsDigit(rune(rest[0])) {
		tag = rest
	}
	return alike.Replace(tag)
}

// cutEnd divides a tag with a version at its last hyphen: 1.0 and amd64.
func cutEnd(tag string) (base, end string) {
	i := strings.LastIndex(tag, "-")
	if i <= 0 || !strings.ContainsAny(tag[:i], "0123456789") {
		return "", tag
	}
	return tag[:i], tag[i+1:]
}

// extends reports whether a plain tag is another one with more parts at its end.
func extends(long, short string) bool { return strings.HasPrefix(long, short+".") }

// newerFirst compares tags as versions: the higher one first, a release before its candidates, and names that are no
// version last.
func newerFirst(a, b string) int {
	versionA, restA := cutVersion(a)
	versionB, restB := cutVersion(b)
	return cmp.Or(
		compareVersions(versionB, versionA),
		cmp.Compare(min(len(restA), 1), min(len(restB), 1)),
		-CompareNatural(restA, restB),
	)
}

// cutVersion returns the numbers with which a tag begins, after a leading v, and the rest. A name has no numbers.
func cutVersion(tag string) (version, rest string) {
	tag = strings.TrimPrefix(tag, "v")
	end := 0
	for end < len(tag) && (tag[end] >= '0' && tag[end] <= '9' || tag[end] == '.') {
		end++
	}
	if end < len(tag) && !strings.ContainsRune("-_", rune(tag[end])) {
		return "", tag // a commit such as 3f2c1, or a name
	}
	return tag[:end], tag[end:]
}

func compareVersions(a, b string) int {
	switch {
	case a == "" || b == "":
		return cmp.Compare(min(len(a), 1), min(len(b), 1))
	}
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), compareNumbers)
}

// compareNumbers compares numbers of any length.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// CompareNatural compares names in which numbers count as numbers: rc10 is higher than rc9.
func CompareNatural(a, b string) int {
	for a != "" && b != "" {
		textA, numberA, restA := cutNumber(a)
		textB, numberB, restB := cutNumber(b)
		if c := cmp.Or(cmp.Compare(textA, textB), compareNumbers(numberA, numberB)); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

func cutNumber(s string) (text, number, rest string) {
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	start := strings.IndexFunc(s, isDigit)
	if start < 0 {
		return s, "", ""
	}
	end := strings.IndexFunc(s[start:], func(r rune) bool { return !isDigit(r) })
	if end < 0 {
		return s[:start], s[start:], ""
	}
	return s[:start], s[start : start+end], s[start+end:]
}
