// Package mask hides the secrets of a run in the text that the program prints. A registry, a proxy or an error text
// may repeat a secret in any encoding; the package finds it in JSON, URL, form, HTML and base64 encoding, also nested.
//
// These rules decide what is hidden:
//
//   - A secret of 8 bytes or more is hidden wherever it stands, in upper and lower case.
//   - A secret of 4 to 7 bytes is hidden where it stands as a word, in its own case.
//   - A secret that is shorter, a word that results are made of (such as digest, latest, amd64), and a part of a name
//     that the command itself gives, are hidden only together with their user name, as in user:secret and the base64
//     of that.
//   - A token that a server issued is hidden if it has 16 bytes or more, and never inside a digest: a registry
//     must not be able to remove a digest from a result.
//   - A text that was cut inside a secret, and ends with an ellipsis, does not show the first part of the secret.
//
// The cost of a search is linear in the text, and does not depend on the number of secrets.
package mask

import (
	"sync"
)

// stars is what is printed for a secret.
const stars = "***"

// A Mask knows the secrets of a run. The zero Mask knows none. Several goroutines may use it at once.
type Mask struct {
	mu    sync.RWMutex
	known patterns
}

// Add makes secrets known that the user gave: passwords, tokens, and what a credential helper answered. The user
// name may be empty.
func (m *Mask) Add(user string, secrets ...string) {
	m.add(func(p *patterns) {
		for _, secret := range secrets {
			p.addGiven(user, secret)
		}
	})
}

// AddPublic makes texts known that the user has given as names, which results repeat.
func (m *Mask) AddPublic(texts ...string) {
	m.add(func(p *patterns) { p.public = append(p.public, texts...) })
}

// AddIssued makes tokens known that a server issued.
func (m *Mask) AddIssued(tokens ...string) {
	m.add(func(p *patterns) {
		for _, token := range tokens {
			p.addIssued(token)
		}
	})
}

// add adds patterns. A run may have a token for each of thousands of repositories, so the patterns are not copied.
func (m *Mask) add(more func(*patterns)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known.index == nil {
		m.known.index, m.known.seen = map[uint32][]pattern{}, map[string]bool{}
	}
	more(&m.known)
}

// find returns where secrets stand in a text.
func (m *Mask) find(text []byte) []span {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(m.known.index) == 0 {
		return nil
	}
	return m.known.find(text)
}

// Hide returns the text with stars in the place of each secret. A text without secrets is returned as it is.
func (m *Mask) Hide(text []byte) []byte {
	return replace(text, m.find(text))
}

// HideString is Hide for a string.
func (m *Mask) HideString(text string) string {
	return string(m.Hide([]byte(text)))
}

// replace puts stars in the place of each span. The spans are in order and do not overlap.
func replace(text []byte, spans []span) []byte {
	if len(spans) == 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	at := 0
	for _, s := range spans {
		out = append(out, text[at:s.start]...)
		out = append(out, stars...)
		at = s.end
	}
	return append(out, text[at:]...)
}
