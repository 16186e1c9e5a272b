package output

import (
	"strings"

	"github.com/manifest-tool/manifest-tool/registry/diff"
)

// fieldWords are the words for fields of a config that Dockerfiles name otherwise.
var fieldWords = map[string]string{
	"Env": "env", "Labels": "label", "ExposedPorts": "exposed port", "Volumes": "volume", "Entrypoint": "entrypoint", "Cmd": "cmd",
	"WorkingDir": "workdir", "User": "user", "StopSignal": "stop signal", "Healthcheck": "healthcheck", "Shell": "shell",
	"OnBuild": "onbuild", "mediaType": "media type", "config.mediaType": "config media type", "artifactType": "artifact type",
}

// change writes a field that differs. What says whose field that is.
func (w *diffWriter) change(what string, c diff.Change) {
	field := c.Field
	if word := fieldWords[field]; word != "" {
		field = word
	}
	field = strings.TrimSpace(what + field + " " + c.Name)
	isName := c.Field == "ExposedPorts" || c.Field == "Volumes"
	switch {
	case c.From == nil && isName:
		w.line(markAdded, "%s", field)
	case c.To == nil && isName:
		w.line(markRemoved, "%s", field)
	case c.From == nil && c.To == nil:
		w.line(markChanged, "%s", field)
	case c.From == nil:
		w.line(markAdded, "%s: %s", field, excerpt(*c.To, 0))
	case c.To == nil:
		w.line(markRemoved, "%s: %s", field, excerpt(*c.From, 0))
	default:
		start := commonPrefix(*c.From, *c.To)
		w.line(markChanged, "%s: %s -> %s", field, excerpt(*c.From, start), excerpt(*c.To, start))
	}
}

// maxValue is how many bytes of a value a line shows.
const maxValue = 160

// excerpt quotes a value. Of a long value it shows what stands around a place.
func excerpt(value string, at int) string {
	before, after := "", ""
	if len(value) > maxValue {
		start := 0
		if at > maxValue/2 {
			start, before = at-maxValue/4, "…"
		}
		start = min(start, len(value))
		end := min(start+maxValue, len(value))
		if end < len(value) {
			after = "…"
		}
		value = strings.ToValidUTF8(value[start:end], "")
	}
	if strings.HasPrefix(value, "[") || strings.HasPrefix(value, "{") {
		return before + value + after
	}
	return `"` + before + value + after + `"`
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
