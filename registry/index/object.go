package index

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
	"github.com/manifest-tool/manifest-tool/registry"
)

// An object is a JSON object whose keys keep their order and whose values keep their bytes. Fields that
// are unknown or unchanged stay as they were written.
type object struct {
	keys   []string
	values map[string]json.RawMessage
}

// parseObject reads an object of a manifest that was checked: see [registry.Identify]. The values are parts of
// raw.
func parseObject(raw []byte) (object, error) {
	o := object{values: map[string]json.RawMessage{}}
	if rawjson.Begins(raw) != '{' || !json.Valid(raw) {
		return o, registry.Errorf(registry.ErrUnverified, "not a JSON object")
	}
	for key, value := range rawjson.Members(raw) {
		o.keys, o.values[key] = append(o.keys, key), value
	}
	return o, nil
}

// set changes a value in its place. A new key comes last.
func (o *object) set(key string, value any) error {
	raw, err := registry.CompactJSON(value)
	if err != nil {
		return err
	}
	if _, ok := o.values[key]; !ok {
		o.keys = append(o.keys, key)
	}
	o.values[key] = raw
	return nil
}

// mustSet sets a value that encodes without an error.
func (o *object) mustSet(key string, value any) {
	if err := o.set(key, value); err != nil {
		panic(err)
	}
}

// remove takes out a key.
func (o *object) remove(key string) {
	delete(o.values, key)
	o.keys = slices.DeleteFunc(o.keys, func(k string) bool { return k == key })
}

// annotate adds to the annotations of a manifest or descriptor.
func (o *object) annotate(with map[string]string) (changed bool, err error) {
	annotations, err := o.object("annotations")
	if err != nil {
		return false, err
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

// object is the value of a key that is an object; an empty object where the key is missing or null.
func (o object) object(key string) (object, error) {
	if raw, ok := o.values[key]; ok && string(raw) != "null" {
		return parseObject(raw)
	}
	return object{values: map[string]json.RawMessage{}}, nil
}

// bytes is the object without blanks between its keys.
func (o object) bytes() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := registry.CompactJSON(key) // a string always goes
		b.Write(name)
		b.WriteByte(':')
		b.Write(o.values[key])
	}
	b.WriteByte('}')
	return b.Bytes()
}
