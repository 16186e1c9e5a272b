package scripttest

import (
	"bytes"
	"encoding/json"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// entries NAME FILE
//
// writes the bytes of the index behind a name into a file, with a line break before and behind each entry. A
// golden file shows the bytes of an index line by line.
func entries(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: entries NAME FILE")
	}
	raw, err := get(args[0])
	ts.Check(err)
	lines, err := entryLines(raw)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), append(lines, '\n'), 0o666))
}

// entryLines breaks the bytes of an index into lines. No other byte changes.
func entryLines(raw []byte) ([]byte, error) {
	var index struct{ Manifests json.RawMessage }
	var entries []json.RawMessage
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(index.Manifests, &entries); err != nil {
		return nil, err
	}
	before, rest, _ := bytes.Cut(raw, index.Manifests)
	lines := bytes.Clone(before)
	for _, entry := range entries {
		separator, behind, _ := bytes.Cut(index.Manifests, entry)
		lines = append(append(append(lines, separator...), '\n'), entry...)
		index.Manifests = behind
	}
	return append(append(append(lines, '\n'), index.Manifests...), rest...), nil
}
