package diff

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/manifest-tool/manifest-tool/registry"
)

// textChange compares a field. An empty text is a field that is not there.
func textChange(field, from, to string) []Change {
	if from == to {
		return nil
	}
	return []Change{{Field: field, From: unlessEmpty(from), To: unlessEmpty(to)}}
}

func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// mapChanges compares two maps by their keys, in order.
func mapChanges(field string, from, to map[string]string) []Change {
	var changes []Change
	for _, key := range keysOf(from, to) {
		change := Change{Field: field, Name: key}
		if value, ok := from[key]; ok {
			change.From = &value
		}
		if value, ok := to[key]; ok {
			change.To = &value
		}
		if change.From == nil || change.To == nil || *change.From != *change.To {
			changes = append(changes, change)
		}
	}
	return changes
}

// keysOf are the keys of two maps, each once, in order.
func keysOf[V any](a, b map[string]V) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}

// otherFields compares the fields of two JSON objects whose names are not known here.
func otherFields(from, to []byte, known ...string) []Change {
	a, b := object(from), object(to)
	for _, key := range known {
		delete(a, key)
		delete(b, key)
	}
	return valueChanges("", a, b)
}

// object are the fields of a JSON object. Anything else has no fields.
func object(raw []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	return fields
}

// valueChanges compares two JSON objects field by field. The prefix stands before the name of each field.
func valueChanges(prefix string, from, to map[string]json.RawMessage) []Change {
	var changes []Change
	for _, key := range keysOf(from, to) {
		changes = append(changes, valueChange(prefix+key, from[key], to[key])...)
	}
	return changes
}

// valueChange compares a JSON value. An empty value and null are a field that is not there, as for the readers of
// configs. The order of keys and white space do not count.
func valueChange(field string, from, to json.RawMessage) []Change {
	a, b := canonical(from), canonical(to)
	if a == b {
		return nil
	}
	return []Change{{Field: field, From: valueText(a), To: valueText(b)}}
}

// canonical is a JSON value with sorted keys and without white space, or nothing for a value that is empty.
func canonical(raw json.RawMessage) string {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return string(raw)
	}
	text, err := registry.CompactJSON(value)
	if err != nil {
		return string(raw)
	}
	switch string(text) {
	case "null", `""`, "[]", "{}", "false":
		return ""
	}
	return string(text)
}

// valueText is what is shown of a value: a string without its quotes, and all else as JSON.
func valueText(canonical string) *string {
	var text string
	if canonical != "" && canonical[0] == '"' && json.Unmarshal([]byte(canonical), &text) == nil {
		return &text
	}
	return unlessEmpty(canonical)
}
