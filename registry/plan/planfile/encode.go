package planfile

import (
	"bytes"
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// MaxSize is how many bytes a plan file may have.
const MaxSize = 64 << 20

// New is an empty plan file. Force comes from the plans that are added.
func New(o Options, allTags bool) Document {
	d := Document{Schema: Schema, AllTags: allTags, Images: []Image{}}
	if o != (Options{}) {
		d.Options = &o
	}
	return d
}

// Add adds the plans of one image.
func (d *Document) Add(plans []plan.TargetPlan) {
	image := imageOf(plans)
	d.Images = append(d.Images, image)
	for _, t := range image.Targets {
		d.Totals.Add(plan.Estimate{Requests: t.Requests, Bytes: t.Bytes})
	}
	if plans[0].Force && d.Options == nil {
		d.Options = &Options{}
	}
	if plans[0].Force {
		d.Options.Force = true
	}
}

// Encode returns the text of the file. The same plans have the same text on every machine and day.
func (d Document) Encode() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return nil, err
	}
	text := rawjson.Printable(b.Bytes())
	if len(text) > MaxSize {
		return nil, registry.Errorf(registry.ErrInvalid, "the plan file would be larger than the limit of %d MiB: plan fewer images at once, such as with --tag-filter", MaxSize>>20)
	}
	return text, nil
}

func imageOf(plans []plan.TargetPlan) Image {
	first := plans[0].Plan
	m := first.Index
	i := Image{
		Digest: m.Digest, Size: int64(len(m.Bytes)), MediaType: string(m.MediaType), Platforms: texts(first.Platforms()),
		Index: string(m.Bytes), Split: first.Split, Skipped: first.Skipped, Targets: []Target{},
	}
	for _, c := range first.Changes {
		i.Changes = append(i.Changes, Change{Change: c.What, Platform: platformOf(c.Platform), Previous: c.From, Digest: c.To})
	}
	for _, p := range plans {
		i.Targets = append(i.Targets, targetOf(p.Plan))
	}
	return i
}

func targetOf(p plan.Plan) Target {
	estimate := p.Estimate()
	t := Target{Target: p.Target.String(), Tags: []Tag{}, Manifests: []Manifest{}, Requests: estimate.Requests, Bytes: estimate.Bytes}
	for _, u := range p.TagUpdates {
		t.Tags = append(t.Tags, tagOf(u))
	}
	for _, e := range p.Entries {
		t.Manifests = append(t.Manifests, manifestOf(p, e))
	}
	for _, r := range p.Referrers {
		referrer := Referrer{Manifest: manifestOf(p, r.Entry), Covered: r.Covered}
		if r.TagUpdate != nil {
			tag := tagOf(*r.TagUpdate)
			referrer.Tag = &tag
		}
		for _, c := range r.Children {
			referrer.Children = append(referrer.Children, manifestOf(p, c))
		}
		t.Referrers = append(t.Referrers, referrer)
	}
	return t
}

func tagOf(u plan.TagUpdate) Tag {
	t := Tag{Tag: u.Tag, Action: "moved", From: u.From, To: u.To, LostPlatforms: texts(u.Lost), LosesReferrers: u.LosesReferrers}
	switch {
	case !u.Needed:
		t.Action = "unchanged"
	case u.From == v1.Hash{}:
		t.Action = "created"
	case u.From == u.To:
		t.Action = "rewritten"
	}
	if u.Platform != nil {
		t.Platform = index.PlatformText(*u.Platform)
	}
	if u.Held != nil {
		t.PreviousPlatforms = texts(u.Held.Platforms)
	}
	return t
}

func manifestOf(p plan.Plan, e plan.Entry) Manifest {
	d := e.Descriptor
	m := Manifest{
		Digest: d.Digest, Size: d.Size, MediaType: string(d.MediaType), Kind: e.Kind, Platform: platformOf(e.Platform), ArtifactType: d.ArtifactType,
		Subject: e.Subject, RefersTo: e.RefersTo, Source: spec.Reference{Place: e.From, Digest: d.Digest}.String(), Named: e.Source, Action: p.WayOf(e),
	}
	if e.Copy {
		m.Bytes = e.BlobBytes()
	}
	for _, b := range e.Blobs {
		m.Blobs = append(m.Blobs, Blob{b.Digest, b.Size, string(b.MediaType)})
	}
	return m
}

func platformOf(p v1.Platform) *v1.Platform {
	if p.OS == "" && p.Architecture == "" {
		return nil
	}
	return &p
}

// texts are the texts of platforms.
func texts(platforms []v1.Platform) []string {
	var all []string
	for _, p := range platforms {
		all = append(all, index.PlatformText(p))
	}
	return all
}
