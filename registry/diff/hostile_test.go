package diff

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The largest indexes of one platform, no two entries alike, are compared in a short time.
func TestLargestIndexes(t *testing.T) {
	list := func(seed string) []string {
		var entries []string
		for i := range 1000 {
			var annotations []string
			for k := range 20 {
				annotations = append(annotations, fmt.Sprintf(`"k%d":"%s-%d"`, k, seed, i))
			}
			entries = append(entries, entry(fmt.Sprint(seed, i), `,"annotations":{`+strings.Join(annotations, ",")+`},"platform":{"architecture":"amd64","os":"linux"}`))
		}
		return entries
	}
	a, b := indexOf(t, "", list("a")...), indexOf(t, "", list("b")...)
	began := time.Now()
	d := Compare(a, b)
	if took := time.Since(began); took > 30*time.Second { // 50 ms, without a comparison of each entry with each
		t.Errorf("it took %s", took)
	}
	if len(d.Entries) != 1000 || !d.Entries[0].IsReplaced() {
		t.Errorf("%d entries differ", len(d.Entries))
	}
}
