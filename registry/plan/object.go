package plan

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/manifest-tool/manifest-tool/registry"
)

// An object is a JSON object whose keys keep their order, and whose values keep their bytes: so what we do
// not know, or do not change, stays as it was written.
type object struct {
	keys   []string
	values map[string]json.RawMessage
}

// parseObject reads an object of a manifest, which has been checked: see [Identify].
func parseObject(raw []byte) (object, error) {
	o := object{values: map[string]json.RawMessage{}}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return o, registry.Errorf(registry.ErrUnverified, "not a JSON object")
	}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return o, err
		}
		key, _ := token.(string)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return o, err
		}
		o.keys, o.values[key] = append(o.keys, key), value
	}
	return o, nil
}

// set changes a value in its place; a new one comes last.
func (o *object) set(key string, value any) error {
	raw, err := CompactJSON(value)
	if err != nil {
		return err
	}
	if _, ok := o.values[key]; !ok {
		o.keys = append(o.keys, key)
	}
	o.values[key] = raw
	return nil
}

// annotate adds to the annotations of a manifest or descriptor.
func (o *object) annotate(with map[string]string) (changed bool, err error) {
	annotations := object{values: map[string]json.RawMessage{}}
	if raw, ok := o.values["annotations"]; ok && string(raw) != "null" {
		if annotations, err = parseObject(raw); err != nil {
			return false, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(with)) {
		var old string
		if raw, ok := annotations.values[key]; ok && json.Unmarshal(raw, &old) == nil && old == with[key] {
			continue
		}
		changed = true
		if err := annotations.set(key, with[key]); err != nil {
			return changed, err
		}
	}
	if !changed {
		return false, nil
	}
	return true, o.set("annotations", json.RawMessage(annotations.bytes()))
}

// bytes is the object without blanks between its keys.
func (o object) bytes() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := CompactJSON(key) // a string always goes
		b.Write(name)
		b.WriteByte(':')
		b.Write(o.values[key])
	}
	b.WriteByte('}')
	return b.Bytes()
}
