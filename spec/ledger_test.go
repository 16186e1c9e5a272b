package spec

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A spec of a stream comes after those that push its sources, and pushes nothing that those before it push or take.
func TestLedger(t *testing.T) {
	for name, test := range map[string]struct{ specs, want []string }{
		"a chain":               {[]string{"a<x", "b<a", "c<a,b,a"}, []string{"[]", "[0]", "[0 1]"}},
		"an own source":         {[]string{"a<a", "b<a"}, []string{"[]", "[0]"}},
		"pushed twice":          {[]string{"a<x", "b<x", "a<y", "c<a"}, []string{"[]", "[]", "f:1 and f:3 both push reg.example/app:a", "[0]"}},
		"pushed too late":       {[]string{"b<a", "a<x", "c<a"}, []string{"[]", "f:2 pushes reg.example/app:a, which f:1 has taken as a source: ", "[]"}},
		"one of two tags":       {[]string{"a<x", "b,a<x", "b<x"}, []string{"[]", "f:1 and f:2 both push", "[]"}},
		"a fault in the middle": {[]string{"a<x", "!", "b<a", "c<b"}, []string{"[]", "fault", "[0]", "[2]"}},
	} {
		ledger := Ledger{NameOf: func(line int) string { return fmt.Sprint("f:", line) }}
		for i, word := range test.specs {
			next := Streamed{Line: i + 1}
			if word == "!" {
				next.Err = fmt.Errorf("fault")
			} else {
				next.Spec, _ = loadedOf(t, []string{word, "z<z"})[0].Whole()
			}
			after, err := ledger.Add(next)
			got := fmt.Sprint(after)
			if err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, test.want[i]) {
				t.Errorf("%s: spec %d: %s, want %s", name, i+1, got, test.want[i])
			}
		}
	}
}

// The second of two specs of a stream waits for the first as it does in a file, if they come in that order.
func TestLedgerByPlatformTags(t *testing.T) {
	for name, test := range platformTagCases {
		specs, ledger := test.load(t), Ledger{NameOf: func(line int) string { return fmt.Sprint("f:", line) }}
		slices.Reverse(specs)
		for i, s := range specs {
			whole, err := s.Whole()
			if err != nil {
				t.Fatal(err)
			}
			after, err := ledger.Add(Streamed{Spec: whole, Line: i + 1})
			waits, want := len(after) > 0, i == 1 && strings.HasPrefix(test.want, "[{1 []}")
			if waits != want || err != nil && !strings.Contains(name, "circle") {
				t.Errorf("%s: spec %d waits for %v, %v", name, i+1, after, err)
			}
		}
	}
}

// A tag that a spec makes of an image must not be one that a spec before it has taken, unless the image is the same.
func TestLedgerPlatformTags(t *testing.T) {
	for name, test := range map[string]struct{ source, want string }{
		"taken":          {"x", "f:2 pushes reg.example/app:1-arm64, which f:1 has taken as a source: "},
		"the same image": {"app:1-arm64", "<nil>"},
	} {
		text := "image: reg.example/top:1\nmanifests: [{image: reg.example/app:1-arm64, platform: linux/arm64}]\n---\n" +
			"image: reg.example/app:1\nplatform-tags: TAG-ARCH\nmanifests: [{image: reg.example/" + test.source + ", platform: linux/arm64}]\n"
		specs, _, err := LoadAll("f", strings.NewReader(text), nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		ledger := Ledger{NameOf: func(line int) string { return fmt.Sprint("f:", line) }}
		for i, s := range specs {
			whole, _ := s.Whole()
			_, err = ledger.Add(Streamed{Spec: whole, Line: i + 1})
		}
		if !strings.HasPrefix(fmt.Sprint(err), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}
