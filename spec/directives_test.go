package spec

import (
	"strings"
	"testing"
	"time"
)

const smallSpec = "image: r/a:1\nmanifests: [{image: r/b:1, platform: {os: linux, architecture: amd64}}]\n"

// Directives are counted before the YAML library compares each of them with all others.
func TestDirectives(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"one %YAML":      {"%YAML 1.2\n---\n" + smallSpec, ""},
		"ten %TAG":       {tags(10, "\n") + "---\n" + smallSpec, ""},
		"eleven %TAG":    {tags(11, "\n") + "---\n" + smallSpec, "more than 10 lines begin with %"},
		"a full file":    {tags(20_000, "\n") + "---\n" + smallSpec, "more than 10 lines begin with %"},
		"carriage":       {tags(20_000, "\r") + "---\r" + smallSpec, "more than 10 lines begin with %"},
		"behind a mark":  {"\ufeff" + tags(20_000, "\r\n") + "---\n" + smallSpec, "more than 10 lines begin with %"},
		"2nd document":   {smallSpec + "...\n" + tags(20_000, "\n") + "---\nx\n", "more than 10 lines begin with %"},
		"percent inside": {smallSpec + "annotations: {a: '%a %b'}\n" + strings.Repeat("  # %\n", 20), ""},
	} {
		start := time.Now()
		_, _, err := Load("spec.yaml", strings.NewReader(test.text), Options{})
		switch {
		case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
		if took := time.Since(start); took > heavyLimit {
			t.Errorf("%s: took %s", name, took)
		}
	}
}

func tags(n int, end string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("%TAG !" + strings.Repeat("a", i%50) + string(rune('a'+i%26)) + "! tag:a,2000:" + end)
	}
	return b.String()
}

// heavyLimit is the time for a spec of 1 MiB. A spec that is parsed in linear time takes less, also under the race
// detector on a busy machine. One that is parsed in quadratic time takes minutes.
const heavyLimit = 20 * time.Second

// A spec of 1 MiB costs little time, whatever its shape.
func TestHeavySpecs(t *testing.T) {
	for name, unit := range map[string]string{
		"comments": "#\n", "comments after": "a: b #\n", "flow lists": "[", "flow maps": "{", "block lists": "- ", "keys": "? ",
		"anchors": "- &a a\n", "aliases": "- &a [*a]\n", "documents": "---\n", "ends": "...\n", "tags": "- !!str a\n", "quotes": "''", "blanks": " ",
		"tabs": "\t", "lines": "\n", "merges": "<<: {}\n", "strings": "- \"\\x41\"\n", "folded": ">\n", "commas": "- [,]\n", "colons": ":",
		"long key": "k", "question": "? a\n: b\n", "bang": "!", "star": "*", "ampersand": "&",
	} {
		start := time.Now()
		Load("spec.yaml", strings.NewReader(strings.Repeat(unit, maxFile/len(unit))), Options{})
		if took := time.Since(start); took > heavyLimit {
			t.Errorf("%s: took %s", name, took)
		}
	}
}
