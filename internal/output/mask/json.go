package mask

import "bytes"

// HideJSON is Hide for JSON. Only the content of strings is changed, so the result is valid JSON.
func (m *Mask) HideJSON(text []byte) []byte {
	m.mu.RLock()
	defer m.mu.RUnlock()
	p := &m.known
	if len(p.index) == 0 || !p.occursIn(text) {
		return text
	}
	var spans []span
	for at := 0; at < len(text); {
		start := bytes.IndexByte(text[at:], '"')
		if start < 0 {
			break
		}
		start += at + 1
		end := endOfString(text, start)
		for _, s := range p.find(text[start:end]) {
			spans = append(spans, span{start + s.start, start + s.end})
		}
		at = end + 1
	}
	return replace(text, spans)
}

// endOfString returns where the string ends whose content begins at start.
func endOfString(text []byte, start int) int {
	for i := start; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text)
}
