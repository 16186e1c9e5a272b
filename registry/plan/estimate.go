package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A Range is a number that is known only within limits.
type Range struct {
	AtLeast int64 `json:"atLeast"`
	AtMost  int64 `json:"atMost"`
}

// Add adds another range.
func (r *Range) Add(o Range) {
	r.AtLeast, r.AtMost = addBytes(r.AtLeast, o.AtLeast), addBytes(r.AtMost, o.AtMost)
}

// times is the range for n things that each have the range.
func (r Range) times(n int) Range { return Range{r.AtLeast * int64(n), r.AtMost * int64(n)} }

// An Estimate is what it costs to carry out a plan that was made before. Requests are those to registries, without
// logins, redirects, retries and repairs. Bytes are the bytes of blobs that are sent to the target.
type Estimate struct {
	Requests Range `json:"requests"`
	Bytes    Range `json:"bytes"`
}

// Add adds another estimate.
func (e *Estimate) Add(o Estimate) {
	e.Requests.Add(o.Requests)
	e.Bytes.Add(o.Bytes)
}

// The requests for one thing, as packages resolve and push send them.
var (
	look        = Range{1, 1} // at a tag or a manifest
	setTag      = Range{3, 5} // look at the tag, PUT, read back; an image may have to be read
	untagged    = Range{1, 3} // look, PUT, read back
	copySource  = Range{1, 2} // GET; again if the answer is not kept
	putManifest = Range{1, 2} // PUT; a referrer is read back
	listOf      = Range{1, 9} // the referrers of one subject, and their list if the registry keeps none
)

// Estimate computes what it costs to carry out the plan.
func (p Plan) Estimate() Estimate {
	c := counter{plan: p, blobs: map[v1.Hash]*mountable{}, subjects: map[v1.Hash]bool{}, seen: map[v1.Hash]bool{}}
	for _, e := range p.Entries {
		c.entry(e)
	}
	for _, r := range p.Referrers {
		c.referrer(r)
	}
	c.blob()
	for _, u := range p.TagUpdates {
		c.tag(u)
	}
	if len(p.Referrers) > 0 || !p.HasIndexTags() && !p.Split {
		c.target(untagged)
	} else {
		c.target(Range{0, untagged.AtMost}) // an index with a subject
	}
	c.target(listOf.times(len(c.subjects)))
	return c.Estimate
}

// A counter adds up an estimate.
type counter struct {
	Estimate
	plan     Plan
	seen     map[v1.Hash]bool // manifests
	subjects map[v1.Hash]bool // of manifests that have to be listed
	blobs    map[v1.Hash]*mountable
}

// A mountable is a blob, and from where it can come.
type mountable struct {
	size   int64
	places map[spec.Place]bool
}

// target counts requests to the target. A disk gets none.
func (c *counter) target(r Range) { c.at(c.plan.Target, r) }

func (c *counter) at(place spec.Place, r Range) {
	if place.Kind == spec.Registry {
		c.Requests.Add(r)
	}
}

func (c *counter) entry(e Entry) {
	if e.RefersTo != (v1.Hash{}) && e.From != c.plan.Target {
		c.subjects[e.RefersTo] = true
		c.at(e.From, Range{0, 1})
	}
	if c.seen[e.Descriptor.Digest] {
		return
	}
	c.seen[e.Descriptor.Digest] = true
	c.target(look)
	if !e.Copy {
		return
	}
	c.at(e.From, copySource)
	c.target(putManifest)
	for _, d := range e.Blobs {
		if c.blobs[d.Digest] == nil {
			c.blobs[d.Digest] = &mountable{size: d.Size, places: map[spec.Place]bool{}}
		}
		c.blobs[d.Digest].places[e.From] = true
	}
}

func (c *counter) referrer(r PlannedReferrer) {
	c.subjects[r.Subject] = true
	for _, e := range r.All() {
		c.entry(e)
	}
	if r.TagUpdate != nil {
		c.at(r.From, Range{0, 2})
		c.tag(*r.TagUpdate)
	}
}

func (c *counter) tag(u TagUpdate) {
	c.target(look)
	if u.Needed {
		c.target(setTag)
	}
}

// blob counts the blobs. A mount is one request, and a blob that the target holds is one, too. Otherwise the blob is
// read and sent, behind the mounts that were refused.
func (c *counter) blob() {
	for _, b := range c.blobs {
		mounts, reads := 0, int64(0)
		for place := range b.places {
			if sameRegistry(place, c.plan.Target) {
				mounts++
			}
			if place.Kind == spec.Registry {
				reads++
			}
		}
		if c.plan.Force {
			c.target(Range{2, 2})
			c.Requests.Add(Range{min(reads, 1), reads})
			c.Bytes.Add(Range{b.size, b.size})
			continue
		}
		c.target(Range{1, int64(mounts) + 3})
		c.Requests.Add(Range{0, reads})
		c.Bytes.Add(Range{0, b.size})
	}
}
