package mask

import (
	"bytes"
	"slices"
	"sort"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// A span is a part of a text.
type span struct{ start, end int }

// chunk is how much text is searched at once, up to the end of its last line: positions take much memory.
const chunk = 64 << 10

// find returns the parts of a text that are to be hidden, in order.
func (p *patterns) find(text []byte) []span {
	var all []span
	for at := 0; at < len(text); {
		end := len(text)
		if len(text)-at > chunk {
			if line := bytes.IndexByte(text[at+chunk:], '\n'); line >= 0 {
				end = at + chunk + line + 1
			}
		}
		if part := text[at:end]; p.occursIn(part) {
			for _, s := range p.findIn(part) {
				all = append(all, span{at + s.start, at + s.end})
			}
		}
		at = end
	}
	return all
}

// occursIn reports whether a text has anything to hide. It needs no positions, and so less memory.
func (p *patterns) occursIn(text []byte) bool {
	found := false
	p.eachLayer(text, nil, func(decoded []byte, _ []int32) bool {
		p.scan(decoded, func(span, pattern) bool { found = true; return false })
		return !found
	})
	return found
}

// eachLayer gives the text as it is, and then after each layer of encoding that is undone, until do returns false.
func (p *patterns) eachLayer(text []byte, positions []int32, do func([]byte, []int32) bool) {
	decoded, more := clean(slices.Clone(text)), true
	for layer := 0; more && layer <= maxLayers && do(decoded, positions); layer++ {
		if layer == 0 {
			if !bytes.ContainsAny(text, `\%&`) {
				return
			}
			copy(decoded, text)
		}
		decoded, positions, more = decode(decoded, positions)
	}
}

// findIn returns what is to be hidden, as parts of the text as it is. Each layer of encoding is undone, and searched.
// A part never begins or ends inside an escape.
func (p *patterns) findIn(text []byte) []span {
	var spans []span
	digests := digestsIn(text)
	p.eachLayer(text, countTo(len(text)), func(decoded []byte, positions []int32) bool {
		p.scan(decoded, func(s span, by pattern) bool {
			found := span{int(positions[s.start]), int(positions[s.end])}
			if !by.server || !overlapsAny(digests, found) {
				spans = append(spans, found)
			}
			return true
		})
		return true
	})
	_, units, _ := decode(slices.Clone(text), countTo(len(text))) // where its escapes and characters begin
	for i, s := range spans {
		spans[i] = span{unitAt(units, s.start), unitFrom(units, s.end)}
	}
	return merged(spans)
}

func countTo(n int) []int32 {
	all := make([]int32, n+1)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// unitAt returns where the unit begins that holds a place, and unitFrom where the next one begins.
func unitAt(units []int32, at int) int {
	i, found := slices.BinarySearch(units, int32(at))
	if !found {
		i--
	}
	return int(units[max(i, 0)])
}

func unitFrom(units []int32, at int) int {
	i, _ := slices.BinarySearch(units, int32(at))
	return int(units[min(i, len(units)-1)])
}

var digestForm = lazyregexp.New(`sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})`)

// digestsIn finds the digests in a text (image-spec, descriptor.md, "Digests").
func digestsIn(text []byte) []span {
	var all []span
	for _, at := range digestForm().FindAllIndex(text, -1) {
		all = append(all, span{at[0], at[1]})
	}
	return all
}

func overlapsAny(all []span, s span) bool {
	i := sort.Search(len(all), func(i int) bool { return all[i].end > s.start })
	return i < len(all) && all[i].start < s.end
}

// merged puts spans in order, and makes one of those that overlap.
func merged(spans []span) []span {
	slices.SortStableFunc(spans, func(a, b span) int { return a.start - b.start })
	var out []span
	for _, s := range spans {
		if last := len(out) - 1; last >= 0 && s.start <= out[last].end {
			out[last].end = max(out[last].end, s.end)
		} else if s.end > s.start {
			out = append(out, s)
		}
	}
	return out
}
