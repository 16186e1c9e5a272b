package remote

import (
	"net/http"
	"strings"
	"sync"

	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// maxWarnings is how many of its warnings a registry can have told to the user.
const maxWarnings = 5

// warnings are what a registry wants the user to know, such as that it will be switched off
// (distribution-spec, "Warnings"). Each is told once.
type warnings struct {
	mu   sync.Mutex
	told map[string]bool
}

func (h *host) showWarnings(header http.Header) {
	for _, value := range header.Values("Warning") {
		quoted, ok := strings.CutPrefix(value, `299 - "`)
		text, end, closed := strings.Cut(strings.ReplaceAll(quoted, `\"`, "\x00"), `"`)
		if text = refusal.Shorten(h.mask.hide(strings.ReplaceAll(text, "\x00", `"`))); ok && closed && end == "" && h.warnings.first(text) {
			h.options.warn(h.registry.RegistryStr() + " says: " + text)
		}
	}
}

func (w *warnings) first(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told[text] || len(w.told) == maxWarnings {
		return false
	}
	if w.told == nil {
		w.told = map[string]bool{}
	}
	w.told[text] = true
	return true
}
