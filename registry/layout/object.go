package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
	"github.com/manifest-tool/manifest-tool/registry"
)

// An object is a JSON object with the order of its keys and the bytes of its values, so that unknown fields survive
// the change of one value.
type object []member

type member struct {
	key   string
	value json.RawMessage
}

// parseObject parses a JSON object without ambiguous keys. encoding/json would accept a repeated key, and
// "Manifests" for "manifests" (CVE-2021-41190).
func parseObject(raw []byte) (object, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("not UTF-8")
	}
	if err := rawjson.CheckBounds(raw, rawjson.MaxValues); err != nil {
		return nil, err
	}
	if !json.Valid(raw) { // also refuses trailing bytes
		return nil, errors.New("not JSON")
	}
	if rawjson.Begins(raw) != '{' {
		return nil, errors.New("not a JSON object")
	}
	var o object
	seen := make(map[string]bool)
	for key, value := range rawjson.Members(raw) {
		folded := strings.ToLower(key)
		if seen[folded] {
			return nil, fmt.Errorf("the key %s occurs twice", quote(key))
		}
		seen[folded] = true
		o = append(o, member{key, value})
	}
	return o, nil
}

// get returns the value of a key, or nil.
func (o object) get(key string) json.RawMessage {
	for _, m := range o {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// text returns the string of a key, or "" without the key.
func (o object) text(key string) (string, error) {
	var s string
	if value := o.get(key); value != nil {
		if err := json.Unmarshal(value, &s); err != nil {
			return "", fmt.Errorf("%s is not a string", key)
		}
	}
	return s, nil
}

// with returns a copy with a new value of a key.
func (o object) with(key string, value json.RawMessage) object {
	changed := append(object(nil), o...)
	for i := range changed {
		if changed[i].key == key {
			changed[i].value = value
			return changed
		}
	}
	return append(changed, member{key, value})
}

// encode writes the object as compact JSON. Unlike json.Marshal it does not escape "<", ">" and "&".
func (o object) encode() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(registry.MustCompactJSON(m.key))
		b.WriteByte(':')
		json.Compact(&b, m.value) // no error: the value is valid
	}
	b.WriteByte('}')
	return b.Bytes()
}
