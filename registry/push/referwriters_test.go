package push_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Many clients bring a referrer of one image at the same time, and each takes its time between its last look at
// the list and its write: the list holds all of them in the end.
func TestReferrersListOfManyWriters(t *testing.T) {
	for _, writers := range []int{2, 5, 12} {
		for run := range 5 {
			t.Run(fmt.Sprint(writers, " writers ", run), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { manyWriters(t, writers) })
			})
		}
	}
}

func manyWriters(t *testing.T, writers int) {
	w := &world{}
	img := registrytest.Index(false, image("amd64"))
	w.put = func(ref registry.Ref, put func() error) error {
		if strings.HasPrefix(ref.Tag, "sha256-") {
			time.Sleep(rand.N(300 * time.Millisecond))
		}
		return put()
	}
	s := target("1.0")
	var all sync.WaitGroup
	var want []string
	for i := range writers {
		repository := fmt.Sprintf("example.com/dev%d", i)
		e := w.add(t, repository+":1.0", img)
		want = append(want, w.refer(t, repository, img, fmt.Sprint("from ", i))[0].Digest)
		all.Go(func() {
			s := s
			s.Entries = []spec.Entry{e}
			original, err := resolve.Copy(t.Context(), w, s, plan.Options{})
			if err == nil {
				original, err = resolve.Referrers(t.Context(), w, s, original)
			}
			var plans []plan.TargetPlan
			if err == nil {
				plans, _, err = plan.Copy(s, original, plan.Options{})
			}
			if err == nil {
				_, err = push.All(t.Context(), w, plans, push.Options{})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got := w.listedIn(t, s.Targets[0].Place, img)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("listed are %d of %d referrers", len(got), len(want))
	}
}
