package integration

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// races is how often two pushers meet by chance.
const races = 20

// A pusher is one of two that push different images to one tag.
type pusher struct {
	*stage
	*process
	name, want string // want is the digest that it pushes
}

// rivals are two pushers who have not begun, a and b.
func (both *pair) rivals(t testing.TB, digests map[string]string) (a, b *pusher) {
	t.Helper()
	repository := both.repository()
	pusher := func(name string) *pusher {
		s := both.stage(t, repository, "HOST/"+name+"/ARCH:1.0", "1.0")
		return &pusher{s, newProcess(t, s.args...), name, digests[name]}
	}
	a, b = pusher("a"), pusher("b")
	return a, b
}

// recordRun pushes the image of each pusher alone, to have the digests.
func (both *pair) recordRun(t testing.TB) map[string]string {
	t.Helper()
	digests := map[string]string{}
	for _, name := range []string{"a", "b"} {
		digests[name] = both.stage(t, both.repository(), "HOST/"+name+"/ARCH:1.0", "1.0").run(t)
	}
	return digests
}

// done waits for a pusher and reports whether it won. Who lost has to say to whom.
func (p *pusher) done(t testing.TB, rival *pusher) bool {
	t.Helper()
	p.mustEnd(t, "exit status 0", "exit status 6")
	if p.end() == "exit status 0" {
		if got := p.digest(t); got != p.want {
			t.Errorf("%s pushes %s, not %s", p.name, got, p.want)
		}
		return true
	}
	words := "another client moved the tag during this run: the tag now holds " + rival.want + ", not " + p.want
	if !strings.Contains(p.stderr.String(), words) || p.stdout.Len() > 0 {
		t.Errorf("%s prints %q and says %s", p.name, &p.stdout, &p.stderr)
	}
	return false
}

// TestRace lets two pushers run into each other. The tag is the whole image of one of them, and whoever
// is told of a success had it.
func TestRace(t *testing.T) {
	t.Parallel()
	both := newPair(t, "a", "b")
	digests := both.recordRun(t)
	var lost atomic.Int32
	t.Cleanup(func() { t.Logf("in %d of %d races, one said that it had lost", lost.Load(), races) })
	for i := range races {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			a, b := both.rivals(t, digests)
			if i%2 == 1 {
				a.hold(t, registrytest.Image{Seed: "old"}.Build())
			}
			for n, p := range []*pusher{a, b} {
				p.proxy.on(jitter(uint64(i), uint64(n)))
				p.launch(t)
			}
			wonA, wonB := a.done(t, b), b.done(t, a)
			if !wonA || !wonB {
				lost.Add(1)
			}
			a.check(t, a.want, b.want)
			holds, err := scripttest.Walk(a.names[0])
			if err != nil {
				t.Fatal(err)
			}
			if winner := map[string]bool{a.want: wonA, b.want: wonB}; !winner[holds] {
				t.Errorf("the tag is %s, and whose it is was told that it is not\n%s%s", holds, &a.stderr, &b.stderr)
			}
		})
	}
}

// jitter delays requests a little, each by another time.
func jitter(seed1, seed2 uint64) func(stopPoint) bool {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed1, seed2))
	return func(stopPoint) bool {
		mu.Lock()
		wait := time.Duration(random.Int64N(int64(5 * time.Millisecond)))
		mu.Unlock()
		time.Sleep(wait)
		return true
	}
}
