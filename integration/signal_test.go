package integration

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestSecondSignal is somebody who presses ^C again: that ends the program whatever it is doing.
func TestSecondSignal(t *testing.T) {
	needSignals(t)
	both := newPair(t, "new")
	for _, request := range []string{"HEAD manifests/1.0", "POST blobs/uploads/", "PUT manifests/1.0"} {
		t.Run("while it hangs in "+request, func(t *testing.T) {
			t.Parallel()
			s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
			p := newProcess(t, s.args...)
			s.proxy.tell = func(m moment) {
				if m == (moment{point{request, 1}, answered}) {
					p.stop(t, os.Interrupt, os.Interrupt)
				}
			}
			p.launch(t)
			p.mustEnd(t, "exit status 130", "signal: interrupt")
			digest := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0").run(t)
			s.check(t, "", digest)
			if again := s.run(t); again != digest {
				t.Errorf("run again, it pushes %s, not %s", again, digest)
			}
			s.check(t, digest)
		})
	}
}

// TestSecondSignalAtOutput is the same while nobody reads the result, which no context interrupts.
func TestSecondSignalAtOutput(t *testing.T) {
	needSignals(t)
	both := newPair(t, "new")
	s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
	digest := s.run(t)

	p := newProcess(t, s.args...)
	p.Stdout = fullPipe(t)
	p.launch(t)
	if p.endsWithin(300 * time.Millisecond) {
		t.Fatalf("%s, and nobody reads its output", p.end())
	}
	// Two at once could be taken for one.
	for i := 0; i < 3 && !p.endsWithin(100*time.Millisecond); i++ {
		p.signal(os.Interrupt)
	}
	p.stop(t)
	p.mustEnd(t, "exit status 130", "signal: interrupt")
	s.check(t, digest)
}

// fullPipe is the end of a pipe into which nothing more fits.
func fullPipe(t testing.TB) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	if err := w.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = w.WriteString(strings.Repeat(".", 1<<12))
	}
	return w
}
