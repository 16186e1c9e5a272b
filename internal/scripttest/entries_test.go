package scripttest

import "testing"

func TestEntryLines(t *testing.T) {
	for raw, want := range map[string]string{
		`{"manifests":[{"a":1},{"a":1}],"x":2}`:  "{\"manifests\":[\n{\"a\":1},\n{\"a\":1}\n],\"x\":2}",
		`{"manifests": [ {"a":[{}]} , {"b":2}]}`: "{\"manifests\": [ \n{\"a\":[{}]} , \n{\"b\":2}\n]}",
		`{"manifests":[]}`:                       "{\"manifests\":\n[]}",
	} {
		if got, err := entryLines([]byte(raw)); err != nil || string(got) != want {
			t.Errorf("entryLines(%s) = %s, %v, want %s", raw, got, err, want)
		}
	}
	for _, raw := range []string{``, `{"manifests":1}`, `[]`} {
		if got, err := entryLines([]byte(raw)); err == nil {
			t.Errorf("entryLines(%s) = %s, want an error", raw, got)
		}
	}
}
