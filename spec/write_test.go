package spec

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The schema has the URL that files name.
func TestSchemaURL(t *testing.T) {
	raw, err := os.ReadFile("../docs/schema/spec.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		ID string `json:"$id"`
	}
	if err := json.Unmarshal(raw, &schema); err != nil || schema.ID != SchemaURL {
		t.Errorf("%s %v", schema.ID, err)
	}
}

// Comments with any text stay comments, and the spec is read back as it was.
func TestWriteHostileComments(t *testing.T) {
	source, err := ParseReference("r.example/app:1.0-amd64")
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := FromMembers("r.example/app:1.0", []string{source.String()}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"plain", "a\nmanifests: []", "a\rtype: docker", "a\u2028type: docker", "a\u0085type: docker", "a\u2029- image: evil", "\x00\xff\xfe", "# - ' \" : {", "\ufeff", "a\n\nb", " "} {
		raw, err := s.WriteCommented(Comments{Head: text, Entries: []string{text}, Foot: text})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, notes, err := Load("", bytes.NewReader(raw), Options{Strict: true})
		if err != nil || len(notes) > 0 || got.Type != Auto || len(got.Entries) != 1 || got.Entries[0].Source != source {
			t.Errorf("%q: %v %q\n%s", text, err, notes, raw)
		}
		if strings.ContainsAny(string(raw), "\r\x00\u2028\u2029\u0085\ufeff") {
			t.Errorf("%q is in the file\n%q", text, raw)
		}
	}
}
