package spec

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// windowsBuilds are the words for a release of Windows in tags, with the build of the release (mcr.microsoft.com,
// windows/nanoserver and windows/servercore). The words that are only numbers count beside another word for Windows.
var windowsBuilds = map[string]string{
	"ltsc2016": "14393", "ltsc2019": "17763", "ltsc2022": "20348", "ltsc2025": "26100",
	"1709": "16299", "1803": "17134", "1809": "17763", "1903": "18362", "1909": "18363", "2004": "19041", "20h2": "19042",
	"2016": "14393", "2019": "17763", "2022": "20348", "2025": "26100",
}

// windowsEditions are the words for an edition of Windows in tags.
var windowsEditions = []string{"nanoserver", "windowsservercore", "servercore"}

// variantWord is a variant as a word of a tag.
var variantWord = lazyregexp.New(`^v[0-9](?:\.[0-9])?$`)

// windowsVersion is a version of Windows as a word of a tag. The submatch is the build.
var windowsVersion = lazyregexp.New(`^10\.0\.([0-9]{5})(?:\.[0-9]+)?$`)

// gluedVariant are the architectures that a variant may follow without a separator, such as arm64v9.
var gluedVariant = []string{"arm64", "aarch64", "amd64", "x86_64", "x86-64", "arm"}

// wordSeparators stand between the words of a tag.
const wordSeparators = "-_."

// tagPlatform are the words about a platform in a tag. A word that the tag does not have is empty.
type tagPlatform struct {
	os, architecture, variant string
	edition, build            string // of Windows
	isBareNumber              bool   // the build stands there as a number
}

// parseTagPlatform reads a text that consists of words about a platform, in any order, with one separator between two of
// them: linux-arm-v7, x86_64 or nanoserver-ltsc2022-amd64.
func parseTagPlatform(text string, names archNames) (w tagPlatform, ok bool) {
	if text == "" {
		return w, false
	}
	for {
		end := len(text)
		for ; end > 0; end = strings.LastIndexAny(text[:end], wordSeparators) { // the longest word first: x86_64
			if w.add(text[:end], names) {
				break
			}
		}
		switch {
		case end <= 0:
			return w, false
		case end == len(text):
			return w, true
		}
		text = text[end+1:]
	}
}

// add adds a word. It reports whether the word is known and contradicts no word before it.
func (w *tagPlatform) add(word string, names archNames) bool {
	if key, ok := names.keyOf(word); ok {
		return w.addArchitecture(key)
	}
	word = strings.ToLower(word)
	if alias, ok := osAliases[word]; ok {
		word = alias
	}
	version := windowsVersion().FindStringSubmatch(word)
	switch {
	case slices.Contains(knownOS, word):
		return set(&w.os, word)
	case slices.Contains(windowsEditions, word):
		return set(&w.os, "windows") && set(&w.edition, strings.TrimPrefix(word, "windows"))
	case windowsBuilds[word] != "":
		w.isBareNumber = w.isBareNumber || !strings.HasPrefix(word, "ltsc")
		return set(&w.build, windowsBuilds[word])
	case version != nil:
		w.isBareNumber = true
		return set(&w.build, version[1])
	case isArchitecture(word):
		return w.addArchitecture(word)
	case variantWord().MatchString(word):
		return set(&w.variant, word)
	}
	for _, architecture := range gluedVariant {
		if variant, ok := strings.CutPrefix(word, architecture); ok && variantWord().MatchString(variant) {
			return w.addArchitecture(architecture) && set(&w.variant, variant)
		}
	}
	return false
}

// addArchitecture adds an architecture, which may be an alias or have a variant.
func (w *tagPlatform) addArchitecture(word string) bool {
	architecture, variant, _ := strings.Cut(word, "/")
	p := Normalise(v1.Platform{Architecture: architecture, Variant: variant})
	return set(&w.architecture, p.Architecture) && (p.Variant == "" || set(&w.variant, p.Variant))
}

// merge adds the words of another part of the tag.
func (w *tagPlatform) merge(o tagPlatform) bool {
	w.isBareNumber = w.isBareNumber || o.isBareNumber
	for _, field := range []struct {
		to   *string
		from string
	}{{&w.os, o.os}, {&w.architecture, o.architecture}, {&w.variant, o.variant}, {&w.edition, o.edition}, {&w.build, o.build}} {
		if field.from != "" && !set(field.to, field.from) {
			return false
		}
	}
	return true
}

// platform is the platform that all words of a tag mean together. Without a word for the os, the os is linux.
func (w tagPlatform) platform() (v1.Platform, bool) {
	switch {
	case w.build != "" && w.os == "" && !w.isBareNumber:
		w.os = "windows"
	case w.build != "" && w.os != "windows":
		return v1.Platform{}, false
	}
	if w.os == "" {
		w.os = "linux"
	}
	p := Normalise(v1.Platform{OS: w.os, Architecture: w.architecture, Variant: w.variant})
	form, isKnown := variantForms[p.Architecture]
	hasVariant := w.variant == "" || isKnown && form().MatchString(p.Variant)
	isEnough := p.Architecture != "" || w.edition != "" || w.build != ""
	return p, hasVariant && isEnough && CheckPlatform(p) == nil
}

// set sets a field that is empty, or has this value already.
func set(field *string, value string) bool {
	if *field != "" && *field != value {
		return false
	}
	*field = value
	return true
}

// keyOf returns the architecture that has a name in templates.
func (names archNames) keyOf(name string) (key string, ok bool) {
	for _, key := range sortedKeys(names) {
		if names[key] == name {
			return key, true
		}
	}
	return "", false
}
