package tagpattern

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
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

// separators stand between the words of a tag.
const separators = "-_."

// words are the words about a platform in a tag. A word that the tag does not have is empty.
type words struct {
	os, architecture, variant string
	edition, build            string // of Windows
	isBareNumber              bool   // the build stands there as a number
}

// parseWords reads a text that consists of words about a platform, in any order, with one separator between two of
// them: linux-arm-v7, x86_64 or nanoserver-ltsc2022-amd64.
func parseWords(text string, names Names) (w words, ok bool) {
	if text == "" {
		return w, false
	}
	for {
		end := len(text)
		for ; end > 0; end = strings.LastIndexAny(text[:end], separators) { // the longest word first: x86_64
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
func (w *words) add(word string, names Names) bool {
	if key, ok := names.keyOf(word); ok {
		return w.addArchitecture(key)
	}
	word = strings.ToLower(word)
	os := platforms.Normalise(v1.Platform{OS: word}).OS
	version := windowsVersion().FindStringSubmatch(word)
	switch {
	case platforms.IsOS(os):
		return set(&w.os, os)
	case slices.Contains(windowsEditions, word):
		return set(&w.os, "windows") && set(&w.edition, strings.TrimPrefix(word, "windows"))
	case windowsBuilds[word] != "":
		w.isBareNumber = w.isBareNumber || !strings.HasPrefix(word, "ltsc")
		return set(&w.build, windowsBuilds[word])
	case version != nil:
		w.isBareNumber = true
		return set(&w.build, version[1])
	case platforms.IsArchitecture(word):
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
func (w *words) addArchitecture(word string) bool {
	architecture, variant, _ := strings.Cut(word, "/")
	p := platforms.Normalise(v1.Platform{Architecture: architecture, Variant: variant})
	return set(&w.architecture, p.Architecture) && (p.Variant == "" || set(&w.variant, p.Variant))
}

// merge adds the words of another part of the tag.
func (w *words) merge(o words) bool {
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
func (w words) platform() (v1.Platform, bool) {
	switch {
	case w.build != "" && w.os == "" && !w.isBareNumber:
		w.os = "windows"
	case w.build != "" && w.os != "windows":
		return v1.Platform{}, false
	}
	if w.os == "" {
		w.os = "linux"
	}
	p := platforms.Normalise(v1.Platform{OS: w.os, Architecture: w.architecture, Variant: w.variant})
	hasVariant := w.variant == "" || platforms.IsVariant(p.Architecture, p.Variant)
	isEnough := p.Architecture != "" || w.edition != "" || w.build != ""
	return p, hasVariant && isEnough && platforms.Check(p) == nil
}

// set sets a field that is empty, or has this value already.
func set(field *string, value string) bool {
	if *field != "" && *field != value {
		return false
	}
	*field = value
	return true
}

// StripPlatform returns a tag without the words for a platform at its end or at its start.
func StripPlatform(tag string) (base string, p v1.Platform, ok bool) {
	read := func(text string) bool {
		words, isKnown := parseWords(text, nil)
		if !isKnown {
			return false
		}
		p, ok = words.platform()
		ok = ok && p.Architecture != ""
		return ok
	}
	if read(tag) {
		return "latest", p, true
	}
	for i := 1; i < len(tag)-1; i++ {
		if strings.ContainsRune(separators, rune(tag[i])) && read(tag[i+1:]) {
			return tag[:i], p, true
		}
	}
	for i := len(tag) - 2; i > 0; i-- {
		if strings.ContainsRune(separators, rune(tag[i])) && read(tag[:i]) {
			return tag[i+1:], p, true
		}
	}
	return "", v1.Platform{}, false
}
