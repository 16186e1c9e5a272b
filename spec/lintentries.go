package spec

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// lintEntries finds entries that are most likely a slip.
func (d *decoder) lintEntries(nodes []*yaml.Node, entries []Entry) {
	if !d.opts.lint {
		return
	}
	saysPlatform := slices.ContainsFunc(entries, Entry.SaysPlatform)
	seen := listing{images: map[Reference]int{}, platforms: map[string]int{}}
	for i, e := range entries {
		image, platform := valueIn(nodes[i], "image"), valueIn(nodes[i], "platform")
		switch {
		case e.Source.Place == (Place{}): // reported already
			continue
		case saysPlatform && !e.SaysPlatform():
			d.lint(ruleNoPlatform, problemAt(nodes[i], "%s has no platform, and other images have one", e.Source))
		case d.lintName(image, e): // one finding for one slip
		default:
			d.lintTwice(image, platform, nodes, entries, i, seen)
		}
		if e.Source.Place.Kind == Registry && e.Source.Digest == (v1.Hash{}) {
			d.lint(ruleByTag, problemAt(image, "%s is a tag, which can move", e.Source))
		}
	}
}

// A listing is the entries before one of them, by what they say.
type listing struct {
	images    map[Reference]int
	platforms map[string]int
}

// lintTwice compares an entry with those before it.
func (d *decoder) lintTwice(image, platform *yaml.Node, nodes []*yaml.Node, entries []Entry, i int, seen listing) {
	e := entries[i]
	key := platformKey(e)
	if first, again := seen.images[e.Source]; !again {
		seen.images[e.Source] = i
	} else if other := entries[first]; e.SaysPlatform() && other.SaysPlatform() && platformKey(other) != key {
		d.lint(ruleSameImage, problemAt(image, "%s is listed for %s and, in line %d, for %s", e.Source, e.platformWord(), nodes[first].Line, other.platformWord()))
	}
	if key == "" {
		return
	}
	if first, again := seen.platforms[key]; !again {
		seen.platforms[key] = i
	} else {
		d.lint(RuleSamePlatform, problemAt(platform, "a second image for %s; the first is in line %d", e.platformWord(), nodes[first].Line))
	}
}

// platformKey is equal for platforms that are equivalent, and empty if the image may bring further fields that
// distinguish it, such as the os.version of Windows.
func platformKey(e Entry) string {
	p := e.Platform
	if e.NoPlatform || p.OS == "" || p.Architecture == "" || p.OS == "windows" && p.OSVersion == "" {
		return ""
	}
	p.Variant = platforms.Variant(p)
	return p.String() + "+" + strings.Join(p.OSFeatures, ",") + "+" + strings.Join(p.Features, ",")
}

// lintWords reports words of a platform that the index gets in another form.
func (d *decoder) lintWords(n *yaml.Node, given, written v1.Platform) {
	if given.OS != written.OS || given.Architecture != written.Architecture || given.Variant != written.Variant {
		d.lint(ruleAlias, problemAt(n, "the platform %s is %s in the index", excerpt.Of(given.String()), written))
	}
}

// lintName compares the words for architectures in the name of an image with its platform.
func (d *decoder) lintName(n *yaml.Node, e Entry) bool {
	if e.Platform.Architecture == "" || e.Source.Place.Kind != Registry {
		return false
	}
	words := append(namedArchitectures(e.Source.Tag, nil), namedArchitectures(e.Source.Place.Repository.RepositoryStr(), ambiguousInNames)...)
	fits := func(word string) bool {
		named := platforms.Normalise(v1.Platform{Architecture: word})
		return named.Architecture == e.Platform.Architecture
	}
	if len(words) == 0 || slices.ContainsFunc(words, fits) {
		return false
	}
	d.lint(ruleNameMismatch, problemAt(n, "%s is listed for %s, but its name says %s", e.Source, e.platformWord(), words[0]))
	return true
}

// ambiguousInNames are words for architectures that repositories have in their names for other reasons.
var ambiguousInNames = strings.Fields("386 arm mips ppc sparc x64 x86 riscv wasm")

// namedArchitectures are the words for architectures in a name, without some.
func namedArchitectures(name string, without []string) (words []string) {
	for part := range strings.FieldsFuncSeq(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("/-.", r) }) {
		inPart := []string{part}
		if !platforms.IsArchitecture(part) { // x86_64 is one word, and linux_amd64 is two
			inPart = strings.Split(part, "_")
		}
		for _, word := range inPart {
			if platforms.IsArchitecture(word) && !slices.Contains(without, word) {
				words = append(words, word)
			}
		}
	}
	return words
}

// valueIn returns the value of a key for its place, or the mapping if the key comes from elsewhere.
func valueIn(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return n
}
