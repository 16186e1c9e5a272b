package rawjson_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
)

// The bounds hold for every shape, at their exact figure.
func TestCheckBounds(t *testing.T) {
	most := rawjson.MaxValues
	for _, test := range []struct{ name, document, want string }{
		{"empty", "", ""},
		{"an index", `{"manifests":[{"size":1},{"size":2}],"x":"},{[,"}`, ""},
		{"a string of brackets", `"` + strings.Repeat("[{,", most) + `"`, ""},
		{"escaped quotes", `["\"` + strings.Repeat("[", most) + `\\"]`, ""},
		{"a string without an end", `"` + strings.Repeat("[", most), ""},
		{"as many values as there may be", "[1" + strings.Repeat(",1", most-1) + "]", ""},
		{"empty objects", "[{}" + strings.Repeat(",{}", most/2) + "]", "more than 100000 values"},
		{"numbers", "[1" + strings.Repeat(",1", most) + "]", "more than 100000 values"},
		{"behind an escaped quote", `["\\",` + strings.Repeat("[],", most) + "]", "more than 100000 values"},
		{"keys", `{"a":1` + strings.Repeat(`,"":1`, most) + "}", "more than 100000 values"},
		{"100 deep", strings.Repeat("[", 100) + strings.Repeat("]", 100), ""},
		{"101 deep", strings.Repeat("[", 101), "more than 100 deep"},
		{"objects 101 deep", strings.Repeat(`{"a":`, 101), "more than 100 deep"},
		{"a long number", strings.Repeat("9", 101), "a number of more than 100 digits"},
		{"many numbers", "[" + strings.Repeat("99999, ", 100) + "1]", ""},
	} {
		err := rawjson.CheckBounds([]byte(test.document), most)
		switch {
		case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

// Members and Elements find what encoding/json finds.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, ` { "a" : 1 , "b" : [ 1 , { } ] } `, `{"a\"b":"\\","c":"]}"}`, `[1,"a",null,true,[],{},-1.5e+3]`,
		`{"\u0061":"\u0022,"}`, `"x"`, `12`, `{"a":{"b":{"c":[[[]]]}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		found := maps.Collect(rawjson.Members(raw)) // also of what is not JSON: no panic, no endless loop
		var list []json.RawMessage
		for element := range rawjson.Elements(raw) {
			list = append(list, element)
		}
		if !json.Valid(raw) || !utf8.Valid(raw) {
			return
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(raw, &want) == nil && len(want) > 0 && !sameMembers(found, want) {
			t.Errorf("%s: members %s, want %s", raw, found, want)
		}
		var wanted []json.RawMessage
		same := func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }
		if json.Unmarshal(raw, &wanted) == nil && !slices.EqualFunc(list, wanted, same) {
			t.Errorf("%s: elements %s, want %s", raw, list, wanted)
		}
	})
}

func sameMembers(a, b map[string]json.RawMessage) bool {
	return maps.EqualFunc(a, b, func(x, y json.RawMessage) bool { return bytes.Equal(x, y) })
}
