package run

import (
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// claims are the tags that the images of a run set. Two images that set one tag to different content are an error: the
// order of the run would decide which of them the tag holds. The tags of --platform-tags are known only when the images
// are planned.
type claims struct {
	mu   sync.Mutex
	tags map[spec.Reference]claimed
}

type claimed struct {
	name string // of the image
	to   v1.Hash
}

// claim claims the tags of an image. The same image may claim them again, for another attempt.
func (c *claims) claim(name string, plans []plan.TargetPlan) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tags == nil {
		c.tags = map[spec.Reference]claimed{}
	}
	for _, p := range plans {
		for _, u := range p.TagUpdates {
			ref := spec.Reference{Place: p.Target, Tag: u.Tag}
			if other, ok := c.tags[ref]; ok && other.name != name && other.to != u.To {
				return registry.Errorf(registry.ErrInvalid, "%s and %s both push %s", other.name, name, ref)
			}
			c.tags[ref] = claimed{name, u.To}
		}
	}
	return nil
}
