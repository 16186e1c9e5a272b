package integration

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

var stops = []struct {
	signal os.Signal
	end    string
}{
	{syscall.SIGKILL, "signal: killed"},
	{os.Interrupt, "exit status 130"},
	{syscall.SIGTERM, "exit status 143"},
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
					// The choice: kill at every write, and each signal at a third of all moments.
					if !long() && i%len(stops) != j && !(m.writes() && stop.signal == os.Kill) {
						continue
					}
					t.Run(fmt.Sprintf("%s/held=%v/%s/%s", push.name, held, m, stop.signal), func(t *testing.T) {
						t.Parallel()
						stopAt(t, stage(t), m, stop.signal, stop.end, digest)
					})
				}
			}
		}
	}
}

func stopAt(t *testing.T, s *stage, at moment, signal os.Signal, end, digest string) {
	p := newProcess(t, s.args...)
	s.proxy.tell = func(m moment) {
		if m == at {
			p.stop(t, signal)
		}
	}
	p.launch(t)
	p.mustEnd(t, end)
	if p.stdout.Len() > 0 {
		t.Errorf("stdout: %s", &p.stdout)
	}
	if signal != os.Kill && !strings.HasPrefix(p.stderr.String(), "manifest-tool: stopped by "+signal.String()+": ") {
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
