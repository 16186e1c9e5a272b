package remote

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// Copies in opposite directions do not deadlock.
func TestSlotsOfTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := &slots.Queue{}
		a := newHost(mustRegistry(t, "a.test"), Options{Jobs: 2, queue: queue})
		b := newHost(mustRegistry(t, "b.test"), Options{Jobs: 2, queue: queue})
		var group sync.WaitGroup
		for i := range 40 {
			group.Go(func() {
				claims := claimsFor(a, b, 1)
				if i%2 == 0 {
					claims = claimsFor(b, a, 1)
				}
				done, err := slots.Admit(t.Context(), claims...)
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(time.Second)
				done()
			})
		}
		group.Wait() // a deadlock ends the bubble
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, h := range []*host{a, b} {
			if _, err := slots.Admit(ctx, slots.Claim{Slots: h.slots, N: 2}); err != nil {
				t.Errorf("not all slots of %s are free again: %v", h.registry, err)
			}
		}
	})
}
