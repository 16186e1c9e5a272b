package mask

import (
	"fmt"
	"testing"
)

// A run over many repositories has a token for each of them. The memory that is allocated for a token must not depend on
// how many there are.
func TestManyTokens(t *testing.T) {
	allocated := func(n int) int64 {
		return testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				var m Mask
				for i := range n {
					m.AddPublic(fmt.Sprintf("reg.test/team/app%d", i))
					m.AddIssued(fmt.Sprintf("eyJhbGciOiJFUzI1NiJ9.token-%06d", i))
				}
			}
		}).AllocedBytesPerOp()
	}
	if few, many := allocated(100), allocated(1000); many > 20*few {
		t.Errorf("1000 tokens allocate %d bytes, 100 tokens %d", many, few)
	}
}
