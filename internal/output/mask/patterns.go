package mask

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
)

const (
	// keyed is how many bytes of a pattern are looked up. Patterns have at least as many.
	keyed = 4
	// strong is the length from which a secret is hidden also inside a word and in another case.
	strong = 8
	// issued is the same for a token that a server chose.
	issued = 16
	// compared is how much of a pattern decides: the rest belongs to the secret as far as it agrees.
	compared = 64
)

// resultWords are words that results are made of. As passwords they are hidden only beside their user.
const resultWords = `manifest-tool docker registry repository repositories manifest manifests index image images layer layers config
digest digests size mediaType mediatype schemaVersion schema platform platforms architecture os variant features annotations annotation
subject referrers artifactType artifact attestation attestations name names type latest library linux windows darwin amd64 arm64 arm
s390x ppc64le riscv64 true false null none unknown unchanged created moved rewritten pushed copied failed missing status error errors
warning debug hint sha256 https http tags list target targets source sources draft reference entries blobs mounted streamed bytes
containerimage.descriptor containerimage.digest image.name application github version media-type`

func isResultWord(secret string) bool { return slices.Contains(strings.Fields(resultWords), secret) }

func (p *patterns) isPublic(secret string) bool {
	return slices.ContainsFunc(p.public, func(text string) bool { return strings.Contains(text, secret) })
}

// A pattern is a text that is hidden. Both forms have as many bytes.
type pattern struct {
	exact  []byte  // in its own case
	folded []byte  // in lower case
	word   bool    // only as a word, in its own case
	cased  bool    // only in its own case
	edge   [2]bool // whether the letter of base64 before it, and behind it, holds bits of the secret
	server bool    // chosen by a server: not in a digest
}

// patterns finds texts by their first bytes.
type patterns struct {
	index map[uint32][]pattern
	first [1 << 13]byte // a bit for each hash of the first bytes
	seen  map[string]bool
	// public are texts whose parts are no secrets.
	public []string
}

func (p *patterns) addGiven(user, secret string) {
	switch valid := strings.ToValidUTF8(secret, "\ufffd"); {
	case secret == "":
		return
	case valid != secret: // as text shows it
		p.addGiven(user, valid)
		p.addGiven(user, string([]rune(secret)))
	}
	if len(secret) >= keyed && !isResultWord(secret) && !p.isPublic(secret) {
		p.addForms(secret, pattern{word: len(secret) < strong})
	}
	if pair := user + ":" + secret; user != "" {
		p.addForms(pair, pattern{word: len(pair) < strong})
	}
}

func (p *patterns) addIssued(token string) {
	if len(token) >= issued {
		p.addForms(token, pattern{server: true})
	}
}

// addForms adds a secret as it is, as it is decoded, and its base64 wherever it begins in three bytes.
func (p *patterns) addForms(secret string, as pattern) {
	key := secret + string([]byte{0, flag(as.word), flag(as.server)})
	if p.seen[key] {
		return
	}
	p.seen[key] = true
	plain := []byte(secret)
	for range maxLayers + 1 {
		as.exact = clean(slices.Clone(plain))
		p.add(as)
		var more bool
		if plain, _, more = decode(plain, nil); !more {
			break
		}
	}
	for shift := range 3 {
		p.addBase64(secret, shift, as)
	}
}

// addBase64 adds the letters of base64 that depend on the secret alone, for a number of bytes before the secret in
// a group of three.
func (p *patterns) addBase64(secret string, shift int, as pattern) {
	bits := 8 * (shift + len(secret))
	from, to := (8*shift+5)/6, bits/6
	text := base64.RawStdEncoding.EncodeToString([]byte("\x00\x00"[:shift] + secret))
	core := text[from:to]
	as.word, as.cased = len(core) < strong, true
	as.edge = [2]bool{shift > 0, bits%6 > 0}
	as.exact = clean([]byte(core))
	p.add(as)
	if url := strings.NewReplacer("+", "-", "/", "_").Replace(core); url != core {
		as.exact = clean([]byte(url))
		p.add(as)
	}
}

// add puts a pattern into the index.
func (p *patterns) add(add pattern) {
	if len(add.exact) < keyed {
		return
	}
	add.folded = fold(slices.Clone(add.exact))
	key := keyOf(add.folded)
	same := func(other pattern) bool {
		return bytes.Equal(other.exact, add.exact) && other.word == add.word && other.cased == add.cased && other.server == add.server
	}
	if !slices.ContainsFunc(p.index[key], same) {
		p.index[key] = append(p.index[key], add)
		h := hash(key)
		p.first[h>>3] |= 1 << (h & 7)
	}
}

func keyOf(folded []byte) uint32 {
	return uint32(folded[0]) | uint32(folded[1])<<8 | uint32(folded[2])<<16 | uint32(folded[3])<<24
}

func hash(key uint32) uint32 { return key * 2654435761 >> 16 }

// clean makes blanks of what [decode] makes blanks of, in place.
func clean(text []byte) []byte {
	for i, c := range text {
		text[i] = visible(c)
	}
	return text
}

// fold puts ASCII letters into lower case, in place.
func fold(text []byte) []byte {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			text[i] = c | 0x20
		}
	}
	return text
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
