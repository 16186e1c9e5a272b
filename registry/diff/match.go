package diff

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
)

// A matcher gives entries keys. Two entries with the same key belong together; the empty key belongs to none.
type matcher struct {
	groups []v1.Platform  // one platform of each group
	known  map[string]int // the groups of platforms by their text
}

// group is the number of the group of a platform.
func (m *matcher) group(p v1.Platform) int {
	text := p.String()
	if at, ok := m.known[text]; ok {
		return at
	}
	at := slices.IndexFunc(m.groups, func(o v1.Platform) bool { return index.SameGroup(o, p) })
	if at < 0 {
		at, m.groups = len(m.groups), append(m.groups, p)
	}
	if m.known == nil {
		m.known = map[string]int{}
	}
	m.known[text] = at
	return at
}

// image is the key of a manifest for a platform.
func (m *matcher) image(e index.Entry) string {
	return fmt.Sprintf("%s %d", e.Descriptor.Digest, m.group(e.Platform))
}

// alike is the key of entries of one platform that nothing distinguishes.
func (m *matcher) alike(e index.Entry) string {
	if !e.InGroup() {
		return ""
	}
	return fmt.Sprintf("%d %s", m.group(e.Platform), e.Marks())
}

// kind is the key of entries of one kind and platform.
func (m *matcher) kind(e index.Entry) string {
	if !e.InGroup() {
		return ""
	}
	return fmt.Sprintf("%d %s", m.group(e.Platform), e.Kind)
}

func digestKey(e index.Entry) string { return e.Descriptor.Digest.String() }

// singleKey is the key of an image that no index lists: the user compares one such image with another, whatever their
// platforms are.
func singleKey(e index.Entry) string {
	if e.Raw == nil {
		return "single"
	}
	return ""
}
