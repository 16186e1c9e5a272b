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
	for _, test := range []struct {
		t    transfers
		want string
	}{
		{transfers{}, ""},
		{transfers{blobs: 88}, "0 of 88 blobs"},
		{transfers{blobs: 88, have: [3]int{registry.Present: 1, registry.Mounted: 30, registry.Streamed: 3}, sent: 12_300_000, since: now.Add(-3 * time.Second)},
			"34 of 88 blobs, 30 mounted, 12.3 MB sent, 4.1 MB/s"},
		{transfers{rests: now.Add(12 * time.Second)}, "waits 12s, as the registry limits the rate"},
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
