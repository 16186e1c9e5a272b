package layout

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// containerdName is the annotation in which containerd, BuildKit and docker keep the full name.
const containerdName = "io.containerd.image.name"

const defaultName = "latest"

// checkName says whether a name can be written.
func checkName(name string) error {
	if err := spec.CheckLayoutName(name); err != nil {
		return registry.Errorf(registry.ErrInvalid, "%w", err)
	}
	return nil
}

// find returns the entry of a name. What is named exactly so comes first, then a full name that
// ends in this tag, then the name that containerd gave.
func (x index) find(name string) (entry, error) {
	ways := []func(entry) bool{
		func(e entry) bool { return e.name == name },
		func(e entry) bool { return tagOf(e.name) == name },
		func(e entry) bool { return e.imageName == name || tagOf(e.imageName) == name },
	}
	for _, matches := range ways {
		var found []entry
		for _, e := range x.entries {
			if matches(e) {
				found = append(found, e)
			}
		}
		if len(found) == 0 {
			continue
		}
		if !same(found) {
			return entry{}, registry.Errorf(registry.ErrUnverified, "the name %s stands for several images: %s", quote(name), list(found, entry.describe))
		}
		return found[0], nil
	}
	return entry{}, registry.Errorf(registry.ErrNotFound, "no image has the name %s; there is %s", quote(name), list(x.entries, entry.String))
}

// only returns the entry that is meant where no name is given: the only image, else "latest".
func (x index) only() (entry, error) {
	if len(x.entries) > 0 && same(x.entries) {
		return x.entries[0], nil
	}
	return x.find(defaultName)
}

func same(entries []entry) bool {
	for _, e := range entries {
		if e.digest != entries[0].digest {
			return false
		}
	}
	return true
}

// tagOf is the tag at the end of a full name, or "".
func tagOf(name string) string {
	name, _, _ = strings.Cut(name, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[i+1:]
	}
	return ""
}

func (e entry) describe() string { return fmt.Sprintf("%s as %s", quote(e.digest), e) }

// list writes entries in a message, or as many of them as anyone reads.
func list(entries []entry, word func(entry) string) string {
	const most = 10
	var words []string
	for i, e := range entries {
		if i == most {
			return strings.Join(words, ", ") + fmt.Sprintf(" and %d more", len(entries)-most)
		}
		words = append(words, word(e))
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// quote makes text of a file fit for a message: no control characters, and not endless.
func quote(s string) string {
	const most = 200
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "..."
	}
	return strconv.QuoteToASCII(s)
}
