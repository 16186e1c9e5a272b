package integration

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A stop is a way to end a program: mute if from then on the registry does not answer either.
type stop struct {
	signal os.Signal
	mute   bool
	end    string
}

var stops = []stop{
	{syscall.SIGKILL, false, "signal: killed"},
	{os.Interrupt, false, "exit status 130"},
	{syscall.SIGTERM, true, "exit status 143"},
}

// pushes are the ways in which images come together.
var pushes = []struct {
	name  string
	stage func(testing.TB, *pair) *stage
}{
	{"tags", func(t testing.TB, both *pair) *stage {
		repository := both.repository()
		for _, architecture := range architectures {
			pushArtifact(t, both.host, repository, architecture, build("new", architecture))
		}
		return both.stage(t, repository, "HOST/REPOSITORY:ARCH", "1.0", "latest")
	}},
	{"mounts", func(t testing.TB, both *pair) *stage {
		return both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
	}},
	{"streams", func(t testing.TB, both *pair) *stage {
		return both.stage(t, both.repository(), "OTHER/new/ARCH:1.0", "1.0")
	}},
}

// TestStop stops a push at every moment of every request. Each tag is then what it was before or the
// whole of the new image, and the same command again makes it the new one.
func TestStop(t *testing.T) {
	t.Parallel()
	needSignals(t)
	both := newPair(t, "new")
	for _, push := range pushes {
		for _, held := range []bool{false, true} {
			stage := func(t testing.TB) *stage {
				s := push.stage(t, both)
				if held {
					s.hold(t, registrytest.Image{Seed: "old"}.Build())
				}
				return s
			}
			model := stage(t)
			digest := model.run(t)
			model.check(t, digest)
			for i, m := range model.proxy.inOrder() {
				for j, stop := range stops {
					// The choice: killed at every write, and stopped in one way at each other moment.
					killed := m.writes() && stop.signal == os.Kill
					if !long() && !killed && (i%len(stops) != j || held && !m.writes()) {
						continue
					}
					t.Run(fmt.Sprintf("%s/held=%v/%s/%s", push.name, held, m, stop.signal), func(t *testing.T) {
						t.Parallel()
						stopAt(t, stage(t), m, stop, digest)
					})
				}
			}
		}
	}
}

func stopAt(t *testing.T, s *stage, at stopPoint, how stop, digest string) {
	p := newProcess(t, s.args...)
	var mute atomic.Bool
	s.proxy.on(func(m stopPoint) bool {
		switch {
		case m == at:
			mute.Store(how.mute)
			p.stop(t, how.signal)
			return false
		case mute.Load() && !p.gone(): // else it is run again
			<-p.exited
			return false
		}
		return true
	})
	p.launch(t)
	p.mustEnd(t, how.end)
	if p.stdout.Len() > 0 {
		t.Errorf("stdout: %s", &p.stdout)
	}
	if how.signal != os.Kill && !strings.HasPrefix(p.stderr.String(), "manifest-tool: stopped by "+how.signal.String()+": ") {
		t.Errorf("stderr: %s", &p.stderr)
	}
	s.check(t, s.old, digest)
	if again := s.run(t); again != digest {
		t.Errorf("run again, it pushes %s, not %s", again, digest)
	}
	s.check(t, digest)
}

func needSignals(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
}
