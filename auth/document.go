package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// A document is a JSON object whose members keep their order and the text of their values: a file of credentials has
// members that only other programs know.
type document []member

type member struct {
	name  string
	value json.RawMessage
}

var errNoObject = errors.New("not the configuration file of docker or podman")

// parseDocument parses an object. An empty text and null are an empty object.
func parseDocument(raw []byte) (document, error) {
	if text := strings.TrimSpace(string(raw)); text == "" || text == "null" {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errNoObject
	}
	var d document
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, errNoObject
		}
		m := member{}
		m.name, _ = key.(string)
		if err := decoder.Decode(&m.value); err != nil {
			return nil, errNoObject
		}
		d = append(d, m)
	}
	return d, nil
}

// find returns the place of a member. As package json does for readers, it takes upper and lower case for the same.
// Other programs may use either of two such members.
func (d document) find(name string) (int, error) {
	same := func(m member) bool { return strings.EqualFold(m.name, name) }
	i := slices.IndexFunc(d, same)
	if i >= 0 && slices.ContainsFunc(d[i+1:], same) {
		return i, errors.New("the file has the key " + name + " twice")
	}
	return i, nil
}

// set replaces the value of a member, or adds the member.
func (d document) set(i int, name string, value any) (document, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	if i >= 0 {
		d[i].value = raw
		return d, nil
	}
	return append(d, member{name, raw}), nil
}

// MarshalJSON returns the object on one line.
func (d document) MarshalJSON() ([]byte, error) {
	b := []byte("{")
	for i, m := range d {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), m.value...)
	}
	return append(b, '}'), nil
}

// compact returns the object on one line, without blanks.
func (d document) compact() string {
	raw, err := json.Marshal(d)
	if err != nil {
		return ""
	}
	return string(raw)
}

// text returns the object as docker and podman write it.
func (d document) text() ([]byte, error) {
	raw, err := d.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Indent(&b, raw, "", "\t")
	return b.Bytes(), err
}
