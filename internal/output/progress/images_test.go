package progress

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
)

func TestImagesLine(t *testing.T) {
	now := time.Now()
	began := func(ago time.Duration) [2]imageMark { return [2]imageMark{{now.Add(-ago), 0}} }
	for _, test := range []struct {
		i    images
		want string
	}{
		{images{all: 400}, "0 of 400"},
		{images{all: 400, more: true}, "0 of 400 so far"},
		{images{all: 400, done: 100, marks: began(10 * time.Second)}, "100 of 400, 10/s, 31s left"},
		{images{all: 400, done: 100, more: true, marks: began(10 * time.Second)}, "100 of 400 so far, 10/s"},
		{images{all: 30_000, done: 12_040, fails: 3, sent: 3_200_000_000, marks: began(300 * time.Second)}, "12040 of 30000, 3 failed, 40/s, 7m28s left, 3.2 GB sent"},
		{images{all: 400, done: 300, skips: 100, marks: began(300 * time.Second)}, "300 of 400, 100 skipped, 1.0/s"},
		{images{all: 400, done: 2, skips: 90, marks: began(time.Minute)}, "2 of 400, 90 skipped, 2.0/min, 2h35m left"},
		{images{all: 400, skips: 90, marks: began(time.Minute)}, "0 of 400, 90 skipped"}, // skipping says nothing about the rate
		{images{all: 1 << 60, done: 1, marks: began(time.Minute)}, "1 of 1152921504606846976, 1.0/min, 1000h1m left"},
	} {
		if got := test.i.line(now); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// The registry that is named is the one that holds up the run most.
func TestSlowest(t *testing.T) {
	now := time.Now()
	clock := func(seconds int) string { return now.Add(time.Duration(seconds) * time.Second).Format(time.TimeOnly) }
	rests := func(name string, seconds int) transfers {
		return transfers{registry: name, rests: now.Add(time.Duration(seconds) * time.Second)}
	}
	limited := func(name string, left, limit, reset int) transfers {
		return transfers{registry: name, quota: Quota{left, limit, now.Add(time.Duration(reset) * time.Second)}}
	}
	copying := func(name string, total, present int64) transfers {
		return transfers{registry: name, blobs: 2, total: total, have: [3]int{registry.Present: 1}, bytes: [3]int64{registry.Present: present}}
	}
	retrying := rests("c", 2)
	retrying.retry = Retry{2, 5, now.Add(30 * time.Second), "503 Service Unavailable"}
	usedUp := limited("d", 0, 100, 40)
	usedUp.rests = usedUp.quota.Reset
	for _, test := range []struct {
		all  []transfers
		want string
	}{
		{nil, ""},
		{[]transfers{{registry: "a"}, limited("b", 50, 100, 40), copying("c", 10, 10)}, ""},
		{[]transfers{rests("a", 3), rests("b", 12)}, "b: waits 12s until " + clock(12) + ": the registry limits the rate"},
		{[]transfers{rests("a", 3), rests("b", -12), limited("d", 1, 100, 40)}, "a: waits 3s until " + clock(3) + ": the registry limits the rate"},
		{[]transfers{rests("a", 3), retrying}, "c: waits 30s until " + clock(30) + ", try 2 of 5: 503 Service Unavailable"},
		{[]transfers{rests("a", 3), usedUp}, "d: waits 40s until " + clock(40) + ": the quota of 100 requests is used up"},
		{[]transfers{limited("a", 20, 100, 40), limited("b", 12, 100, 40), copying("c", 1000, 10)}, "b: quota: 12 of 100 requests left until " + clock(40)},
		{[]transfers{limited("a", 1, 100, -40), limited("b", 12, 0, 40), copying("c", 1000, 10), copying("d", 2000, 0)}, "d: 0 B of 2.0 kB, 1 of 2 blobs"},
		{[]transfers{{registry: "a", quota: Quota{Left: 3, Limit: 100}}}, "a: quota: 3 of 100 requests left"},
	} {
		for _, order := range [][]transfers{test.all, reversed(test.all)} {
			var slow transfers
			for _, one := range order {
				if isSlower(one, slow, now) {
					slow = one
				}
			}
			if got := slowLine(slow, now); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		}
	}
}

func reversed(all []transfers) (back []transfers) {
	for i := range all {
		back = append(back, all[len(all)-1-i])
	}
	return back
}

// Many images give a line now and then, and the last line has the end of the run. A registry that refuses many requests
// gives a line at once, and not one for each.
func TestPlainImages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr bytes.Buffer
		p := New(output.New(io.Discard, &stderr), "plain", false)
		r, err := name.NewRegistry("registry.example")
		if err != nil {
			t.Fatal(err)
		}
		p.Images(1000, false)
		for i := range 1000 {
			time.Sleep(100 * time.Millisecond)
			p.Sent(r, 1000)
			if i >= 500 && i < 532 {
				p.Resting(r, time.Now().Add(30*time.Second))
			}
			p.Finished(i%100 == 0, i%100 == 1)
		}
		p.End()
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		if last := lines[len(lines)-1]; last != "manifest-tool: images: 980 of 1000, 10 failed, 10 skipped, 9.9/s, 1.0 MB sent" {
			t.Errorf("the last line: %s", last)
		}
		waits := strings.Count(stderr.String(), "; registry.example: waits ")
		if len(lines) < 10 || len(lines) > 20 || waits < 1 || waits > 5 {
			t.Errorf("%d lines, %d about a wait:\n%s", len(lines), waits, &stderr)
		}
	})
}
