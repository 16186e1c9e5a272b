package run

import (
	"encoding/hex"
	"sync"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// claims are the tags that the images of a run set. Two images that set one tag to different content are an error: the
// order of the run would decide which of them the tag holds. The tags of --platform-tags are known only when the images
// are planned.
type claims struct {
	mu   sync.Mutex
	tags map[spec.TagKey]claimed
}

// A claimed tag has the number of its image and the first bytes of its digest: a run may set many thousand tags.
type claimed struct {
	by uint32
	to [8]byte
}

// claim claims the tags of an image. The same image may claim them again, for another attempt. If another image has
// claimed a tag for other content, claim returns the number of that image.
func (c *claims) claim(number int, plans []plan.TargetPlan) (other int, tag spec.Reference, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tags == nil {
		c.tags = map[spec.TagKey]claimed{}
	}
	for _, p := range plans {
		for _, u := range p.TagUpdates {
			ref := spec.Reference{Place: p.Target, Tag: u.Tag}
			claim := claimed{by: uint32(number)}
			hex.Decode(claim.to[:], []byte(u.To.Hex[:min(2*len(claim.to), len(u.To.Hex))]))
			old, taken := c.tags[ref.Key()]
			if taken && old.by != claim.by && old.to != claim.to {
				return int(old.by), ref, false
			}
			c.tags[ref.Key()] = claim
		}
	}
	return 0, spec.Reference{}, true
}
