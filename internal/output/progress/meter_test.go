package progress

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
)

func TestTransfersLine(t *testing.T) {
	now := time.Now()
	clock := func(seconds int) string { return now.Add(time.Duration(seconds) * time.Second).Format(time.TimeOnly) }
	for _, test := range []struct {
		t    transfers
		want string
	}{
		{transfers{}, ""},
		{transfers{blobs: 88, total: 2_000_000}, "0 B of 2.0 MB, 0 of 88 blobs"},
		{transfers{blobs: 88, total: 100_000_000, have: [3]int{registry.Present: 1, registry.Mounted: 30, registry.Streamed: 3},
			bytes: [3]int64{1_000_000, 30_000_000, 10_000_000}, sent: 12_300_000, marks: [2]mark{{now.Add(-3 * time.Second), 0}}},
			"43.3 MB of 100.0 MB, 4.1 MB/s, 14s left, 34 of 88 blobs, 30 mounted"},
		{transfers{blobs: 1, total: 10, sent: 30}, "10 B of 10 B, 0 of 1 blob"}, // sent again
		{transfers{rests: now.Add(12 * time.Second)}, "waits 12s until " + clock(12) + ": the registry limits the rate"},
		{transfers{rests: now.Add(12 * time.Second), retry: Retry{3, 5, now.Add(2 * time.Second), "429 Too Many Requests"}},
			"waits 12s until " + clock(12) + ", try 3 of 5: 429 Too Many Requests"},
		{transfers{blobs: 1, total: 10, retry: Retry{2, 5, now.Add(2 * time.Second), "503 Service Unavailable"}},
			"waits 2s until " + clock(2) + ", try 2 of 5: 503 Service Unavailable, 0 B of 10 B, 0 of 1 blob"},
		{transfers{retry: Retry{2, 5, now.Add(-time.Second), "no answer"}}, ""},
	} {
		if got := test.t.line(now); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// A log is told once of each long wait, and of nothing else.
func TestLongWaitsAreTold(t *testing.T) {
	var stderr bytes.Buffer
	p := New(output.New(io.Discard, &stderr), "auto", false)
	r, err := name.NewRegistry("registry.example")
	if err != nil {
		t.Fatal(err)
	}
	p.Resting(r, time.Now().Add(time.Second))
	until := time.Now().Add(30 * time.Second)
	p.Resting(r, until)
	for range 100 {
		p.Sent(r, 1000)
	}
	p.End()
	if got := strings.Count(stderr.String(), "\n"); got != 1 || !strings.Contains(stderr.String(), "registry.example: ") {
		t.Errorf("%d lines: %s", got, &stderr)
	}
}
