package spec

import (
	"strings"
	"testing"
)

func TestLoadPairs(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"one":       {"reg.example/a:1 reg.example/b", "f:1 reg.example/a:1 reg.example/b:1"},
		"several":   {"# copies\n\nreg.example/a:1\treg.example/b:2  oci-layout:out\r\nreg.example/c reg.example/d\n", "f:3 reg.example/a:1 reg.example/b:2 oci-layout:out:1 f:4 reg.example/c:latest reg.example/d:latest"},
		"no target": {"reg.example/a:1 reg.example/b\nreg.example/a:1", `f:2: expected SOURCE TARGET, found only "reg.example/a:1"`},
		"faults":    {"A b:1\nreg.example/a:1 B\n", "f:1: "},
		"nothing":   {"# none\n", "f: the file names no copy"},
		"long line": {strings.Repeat("x", 1<<20), "cannot read the spec f: "},
	} {
		specs, _, err := LoadPairs("f", strings.NewReader(test.text), nil, Options{})
		var got []string
		for _, s := range specs {
			whole, wholeErr := s.Whole()
			if wholeErr != nil {
				t.Fatal(wholeErr)
			}
			got = append(got, s.Name(), whole.Entries[0].Source.String())
			for _, target := range whole.Targets {
				got = append(got, Reference{Place: target.Place, Tag: target.Tags[0]}.String())
			}
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if text := strings.Join(got, " "); !strings.HasPrefix(text, test.want) || err == nil && text != test.want {
			t.Errorf("%s: %s, want %s", name, text, test.want)
		}
	}
}
