package remote

import (
	"net/http"
	"strings"
	"sync"

	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// maxWarnings limits the warnings of one registry.
const maxWarnings = 5

// warnings are the Warning headers that were shown (distribution-spec, "Warnings"). Each text is shown once.
type warnings struct {
	mu    sync.Mutex
	shown map[string]bool
}

func (h *host) showWarnings(header http.Header) {
	for _, value := range header.Values("Warning") {
		quoted, ok := strings.CutPrefix(value, `299 - "`)
		text, end, closed := strings.Cut(strings.ReplaceAll(quoted, `\"`, "\x00"), `"`)
		if text = refusal.Shorten(h.mask.hide(strings.ReplaceAll(text, "\x00", `"`))); ok && closed && end == "" && h.warnings.first(text) {
			h.options.warn(h.registry.RegistryStr() + " warns: " + text)
		}
	}
}

func (w *warnings) first(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shown[text] || len(w.shown) == maxWarnings {
		return false
	}
	if w.shown == nil {
		w.shown = map[string]bool{}
	}
	w.shown[text] = true
	return true
}
