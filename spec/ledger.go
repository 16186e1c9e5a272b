package spec

import (
	"fmt"
	"slices"
	"sync"
)

// A Ledger knows what the specs of a stream push and take. The specs that are still to come are unknown, so a spec that does
// not fit those before is an error. Each spec costs the memory of a number, and each of its tags that of a key.
type Ledger struct {
	// NameOf is the name that errors have for the spec in a line.
	NameOf func(line int) string

	mu       sync.Mutex
	lines    []uint32 // of the specs
	tags     map[TagKey]tagUse
	patterns patternIndex // of the tags that depend on images
}

// A tagUse is the number of a spec in the upper 31 bits, and whether the spec pushes the tag or takes it as a source.
type tagUse uint32

func pushedBy(number int) tagUse { return tagUse(number)<<1 | 1 }
func takenBy(number int) tagUse  { return tagUse(number) << 1 }

func (u tagUse) pushes() bool { return u&1 == 1 }
func (u tagUse) by() int      { return int(u >> 1) }

// Name is the name of a spec by its number: the number of specs before it.
func (l *Ledger) Name(number int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.nameOf(number)
}

func (l *Ledger) nameOf(number int) string { return l.NameOf(int(l.lines[number])) }

// Add adds the next spec, and returns the numbers of those before it that push its sources. A spec that pushes what one
// before it pushes or takes is an error, and takes a number only, as does a spec with a fault.
func (l *Ledger) Add(s Streamed) (after []int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tags == nil {
		l.tags, l.patterns = map[TagKey]tagUse{}, patternIndex{}
	}
	number := len(l.lines)
	l.lines = append(l.lines, uint32(s.Line))
	if s.Err != nil {
		return nil, s.Err
	}
	outline := newOutliner().outline(s.Spec)
	if err := l.check(s, outline); err != nil {
		return nil, err
	}
	after = l.sources(number, s, outline)
	for _, tag := range slices.Concat(outline.images, outline.pushes) {
		l.tags[tag] = pushedBy(number)
	}
	l.patterns.add(number, outline.patterns)
	return after, nil
}

// check finds the tags of a spec that one before it pushes or takes. The same image may get a tag of --platform-tags
// again, and whether it is the same image shows when the images are read.
func (l *Ledger) check(s Streamed, outline Outline) error {
	for _, tag := range outline.pushes {
		if use, ok := l.tags[tag]; ok {
			return l.conflict(s, tag, use)
		}
	}
	for _, tag := range outline.images {
		if use, ok := l.tags[tag]; ok && !use.pushes() && !slices.Contains(outline.needs, tag) {
			return l.conflict(s, tag, use)
		}
	}
	return nil
}

// sources are the specs before that push the sources of a spec, or may push them.
func (l *Ledger) sources(number int, s Streamed, outline Outline) (after []int) {
	for _, tag := range outline.needs {
		switch use, ok := l.tags[tag]; {
		case !ok:
			l.tags[tag] = takenBy(number)
		case use.pushes():
			after = withNumber(after, use.by())
		}
	}
	for _, e := range s.Spec.Entries {
		for _, by := range l.patterns.match(e.Source.madeBy()) {
			after = withNumber(after, by)
		}
	}
	return after
}

func (l *Ledger) conflict(s Streamed, tag TagKey, use tagUse) error {
	name := nameOf(s.Spec, tag)
	if use.pushes() {
		return fmt.Errorf("%s and %s both push %s", l.nameOf(use.by()), l.NameOf(s.Line), name)
	}
	return fmt.Errorf("%s pushes %s, which %s has taken as a source: put the spec that pushes a source before those that take it", l.NameOf(s.Line), name, l.nameOf(use.by()))
}
