package output

import (
	"bytes"
	"io"
	"sync"

	"github.com/manifest-tool/manifest-tool/internal/output/mask"
)

// A safeWriter is the last step before text leaves the program: it hides the secrets of the run. Each call of Write has
// a whole text, so that no secret is divided between two calls.
type safeWriter struct {
	to   io.Writer
	mask *mask.Mask
	// shapes: also hide what only looks like a secret. Results are not changed by a guess.
	shapes bool

	mu  sync.Mutex // one write at a time
	err error      // of the first write that failed
}

func (w *safeWriter) Write(text []byte) (int, error) {
	hidden := w.hidden(text)
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.to.Write(hidden); err != nil {
		if w.err == nil {
			w.err = err
		}
		return 0, err
	}
	return len(text), nil
}

// failure returns the error of the first write that failed.
func (w *safeWriter) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

func (w *safeWriter) hidden(text []byte) []byte {
	text = hideSecrets(w.mask, text)
	if w.shapes {
		text = []byte(redactSecrets(string(text)))
	}
	return text
}

// hideSecrets hides the secrets in a text. JSON stays valid.
func hideSecrets(m *mask.Mask, text []byte) []byte {
	if bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("[")) {
		return m.HideJSON(text)
	}
	return m.Hide(text)
}
