package remote

import (
	"net/http"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// kindOf returns what a request counts as at registries with limits.
func kindOf(method, path string) slots.Kind {
	switch {
	case method == http.MethodGet && strings.Contains(path, "/manifests/"):
		return slots.Pull
	case method == http.MethodGet, method == http.MethodHead:
		return slots.Read
	}
	return slots.Write
}

// claimsFor returns the claims of a copy between registries, which reads a blob and sends a number of writes. A copy
// within one registry takes both slots at once: otherwise reads could hold all slots and wait for writes.
func claimsFor(to, from *host, writes int) []slots.Claim {
	if to == from {
		return []slots.Claim{{Slots: to.slots, N: slots.PerCopy, Requests: slots.Requests{slots.Read: 1, slots.Write: writes}}}
	}
	return []slots.Claim{
		{Slots: to.slots, N: 1, Requests: slots.Requests{slots.Write: writes}},
		{Slots: from.slots, N: 1, Requests: slots.One(slots.Read)},
	}
}
