package integration

import (
	"fmt"
	"strings"
)

// A point is a request that is there in every run of a push: the nth of its kind, as those that are
// made at once come in any order.
type point struct {
	Request string // METHOD manifests/REFERENCE, METHOD blobs/DIGEST or METHOD blobs/uploads/
	Nth     int
}

func (p point) writes() bool {
	return !strings.HasPrefix(p.Request, "GET ") && !strings.HasPrefix(p.Request, "HEAD ")
}

// A phase is how far a request has come.
type phase string

const (
	arrived  phase = "arrived"  // and not yet forwarded
	halfway  phase = "halfway"  // the registry has half of the body
	answered phase = "answered" // by the registry; the client does not know yet
)

// A stopPoint is a point in a phase: where a test can do something.
type stopPoint struct {
	point
	phase phase
}

func (m stopPoint) String() string {
	kind, digest, _ := strings.Cut(m.Request, "sha256:")
	return fmt.Sprintf("%s%.6s %d %s", kind, digest, m.Nth, m.phase)
}
