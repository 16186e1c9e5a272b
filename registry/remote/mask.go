package remote

import (
	"encoding/base64"
	"net/url"
	"strings"
	"sync"
)

// A mask hides what is secret from the words of a registry, which may repeat what it was sent.
type mask struct {
	mu    sync.Mutex
	forms []string
}

// shortest is what is hidden: the letter "a" is no secret, even where it is a password.
const shortest = 4

// add makes secrets known, in all forms in which they are sent.
func (m *mask) add(user string, secrets ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range secrets {
		if len(s) < shortest {
			continue
		}
		pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + s))
		m.forms = append(m.forms, pair, s, url.QueryEscape(s), url.PathEscape(s), base64.StdEncoding.EncodeToString([]byte(s)))
	}
}

func (m *mask) hide(text string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, form := range m.forms {
		text = strings.ReplaceAll(text, form, "***")
	}
	return text
}
