package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestSecondSignal is somebody who presses ^C again, while the registry does not answer: after the
// first, the program may still look what became of the tag; the second ends it at once.
func TestSecondSignal(t *testing.T) {
	needSignals(t)
	both := newPair(t, "new")
	digest := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0").run(t)
	for _, phase := range []phase{arrived, halfway, answered} {
		t.Run(string(phase), func(t *testing.T) {
			t.Parallel()
			s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
			p := newProcess(t, s.args...)
			var first atomic.Bool
			s.proxy.on(func(m stopPoint) bool {
				switch {
				case m == (stopPoint{point{"PUT manifests/1.0", 1}, phase}):
					first.Store(true)
					p.signal(os.Interrupt)
					<-p.exited
					return false
				case first.Load() && !p.gone(): // the program looks, so it has taken the first signal
					p.stop(t, os.Interrupt)
					return false
				}
				return true
			})
			p.launch(t)
			p.mustEnd(t, "signal: interrupt")
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
	p.stop(t, os.Interrupt)
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

// TestSignalAtPipe is a program that waits for somebody at the other end of a pipe, of its spec or of
// its digest file.
func TestSignalAtPipe(t *testing.T) {
	needSignals(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if out, err := exec.Command("mkfifo", pipe).CombinedOutput(); err != nil {
		t.Skipf("no pipes with a name here: %v: %s", err, out)
	}
	for _, args := range [][]string{
		{"push", "from-spec", pipe},
		{"push", "from-args", "--digest-file", pipe, "--platforms", "linux/amd64", "--template", "localhost:1/a", "--target", "localhost:1/b:1"},
	} {
		p := newProcess(t, args...)
		p.launch(t)
		if p.endsWithin(300 * time.Millisecond) {
			t.Fatalf("%s: %s", p.end(), &p.stderr)
		}
		p.stop(t, syscall.SIGTERM)
		p.mustEnd(t, "exit status 143")
	}
}
