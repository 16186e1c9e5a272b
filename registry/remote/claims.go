package remote

import (
	"cmp"
	"slices"

	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// claimsFor returns the claims of a copy between registries. A copy within one registry takes both slots at once:
// otherwise reads could hold all slots and wait for writes. Copies between two registries take their slots in the
// same order, for the same reason.
func claimsFor(to, from *host) []slots.Claim {
	if to == from {
		return []slots.Claim{{Slots: to.slots, N: slots.PerCopy}}
	}
	both := []*host{to, from}
	slices.SortFunc(both, func(a, b *host) int { return cmp.Compare(a.registry.RegistryStr(), b.registry.RegistryStr()) })
	return []slots.Claim{{Slots: both[0].slots, N: 1}, {Slots: both[1].slots, N: 1}}
}
