package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// TestCollectOften checks that the heap may grow by less from the first collection on.
func TestCollectOften(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	percent := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	collectOften()
	for end := time.Now().Add(10 * time.Second); percent() != gcPercent; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the heap may grow by %d percent, not %d", percent(), gcPercent)
		}
		runtime.GC()
	}
}
