package output

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// README and docs/schema document the JSON that is printed. Fields are only added. If a field has to go, the number of the
// schema changes.

// A PushOutput is the JSON result of a push.
type PushOutput struct {
	Schema      string           `json:"schema"` // manifest-tool.push/v1
	DryRun      bool             `json:"dryRun,omitempty"`
	Target      string           `json:"target"`
	Digest      v1.Hash          `json:"digest"`
	Size        int64            `json:"size"`
	MediaType   string           `json:"mediaType"`
	Tags        []TagOutput      `json:"tags"`
	Manifests   []entryOutput    `json:"manifests"`
	Referrers   []referrerOutput `json:"referrers,omitempty"`
	Attestation string           `json:"attestation,omitempty"` // the digest of the referrer that --attest makes
	Skipped     []string         `json:"skipped,omitempty"`
	Blobs       *blobsOutput     `json:"blobs,omitempty"`
	Repaired    []v1.Hash        `json:"repaired,omitempty"`
	Index       string           `json:"index,omitempty"`   // the exact bytes, in a dry run
	Changes     []changeOutput   `json:"changes,omitempty"` // of an edit
	// Targets has all targets if there are several. The fields above are then those of the first.
	Targets []targetOutput `json:"targets,omitempty"`
}

// A referrerOutput is a referrer of one of the manifests.
type referrerOutput struct {
	Digest    v1.Hash `json:"digest"`
	Size      int64   `json:"size"`
	MediaType string  `json:"mediaType"`
	Subject   v1.Hash `json:"subject"`
	Tag       string  `json:"tag,omitempty"`    // cosign's
	Copied    bool    `json:"copied,omitempty"` // the target did not have it
}

type changeOutput struct {
	Change   string `json:"change"` // added, replaced, removed, platform, annotated, type
	Platform string `json:"platform,omitempty"`
	Previous string `json:"previous,omitempty"`
	Digest   string `json:"digest,omitempty"`
}

type targetOutput struct {
	Target      string           `json:"target"`
	Tags        []TagOutput      `json:"tags"`
	Copied      []v1.Hash        `json:"copied,omitempty"` // the manifests that it did not hold
	Referrers   []referrerOutput `json:"referrers,omitempty"`
	Attestation string           `json:"attestation,omitempty"`
	Blobs       *blobsOutput     `json:"blobs,omitempty"`
	Repaired    []v1.Hash        `json:"repaired,omitempty"`
	Error       string           `json:"error,omitempty"`
}

// A TagOutput is a tag of a target.
type TagOutput struct {
	Tag      string `json:"tag"`
	Status   string `json:"status"` // created, moved, rewritten, unchanged; in a dry run: create, move, keep
	Previous string `json:"previous,omitempty"`
	Platform string `json:"platform,omitempty"` // of the image, where the tag is not for the index
	// PreviousPlatforms are those that the tag held, as far as they are known, and LostPlatforms those of them that
	// the tag does not hold any more.
	PreviousPlatforms []string `json:"previousPlatforms,omitempty"`
	LostPlatforms     []string `json:"lostPlatforms,omitempty"`
}

type blobsOutput struct {
	Present  int   `json:"present"`
	Mounted  int   `json:"mounted"`
	Streamed int   `json:"streamed"`
	Bytes    int64 `json:"bytes"` // streamed
}

// resultOutput is what a push did or, in a dry run, would do.
func resultOutput(results []TargetResult) PushOutput {
	pl, first := results[0].plan, targetOutputOf(results[0])
	d := pl.Descriptor()
	out := PushOutput{
		Schema:      "manifest-tool.push/v1",
		Target:      first.Target,
		Digest:      d.Digest,
		Size:        d.Size,
		MediaType:   string(d.MediaType),
		Tags:        first.Tags,
		Manifests:   []entryOutput{},
		Referrers:   first.Referrers,
		Attestation: first.Attestation,
		Skipped:     pl.Skipped,
		Blobs:       first.Blobs,
		Repaired:    first.Repaired,
	}
	for _, e := range pl.Entries {
		entry := descriptorOutput(e.Descriptor)
		entry.Annotations = nil
		entry.setKind(e.Entry)
		entry.ArtifactType = e.Descriptor.ArtifactType
		entry.Source, entry.Copied = e.Source, e.Copy && results[0].isComplete()
		out.Manifests = append(out.Manifests, entry)
	}
	for _, c := range pl.Changes {
		change := changeOutput{Change: c.What, Previous: hashText(c.From), Digest: hashText(c.To)}
		if c.Platform.OS != "" {
			change.Platform = PlatformName(c.Platform)
		}
		out.Changes = append(out.Changes, change)
	}
	if len(results) > 1 {
		for _, r := range results {
			out.Targets = append(out.Targets, targetOutputOf(r))
		}
	}
	return out
}

func planOutput(results []TargetResult) PushOutput {
	for i := range results {
		results[i].err = results[i].plan.Err
	}
	out := resultOutput(results)
	out.DryRun, out.Index = true, string(results[0].plan.Index.Bytes)
	return out
}

func targetOutputOf(r TargetResult) targetOutput {
	out := targetOutput{Target: r.plan.Target.String(), Tags: []TagOutput{}, Repaired: r.report.Repaired}
	for i, m := range r.plan.TagUpdates {
		tag := TagOutput{Tag: m.Tag, Previous: hashText(m.From)}
		if tag.Status = moveWord(m); r.report.Tags != nil {
			tag.Status = string(r.report.Tags[i].Status)
		}
		if m.Platform != nil {
			tag.Platform = PlatformName(*m.Platform)
		}
		if m.Held != nil {
			tag.PreviousPlatforms, tag.LostPlatforms = platformNames(m.Held.Platforms), platformNames(m.Lost)
		}
		out.Tags = append(out.Tags, tag)
	}
	for _, e := range r.plan.Entries {
		if e.Copy && r.isComplete() {
			out.Copied = append(out.Copied, e.Descriptor.Digest)
		}
	}
	for _, referrer := range r.plan.Referrers {
		d := referrer.Descriptor
		item := referrerOutput{Digest: d.Digest, Size: d.Size, MediaType: string(d.MediaType), Subject: referrer.Subject, Copied: referrer.Needed && r.isComplete()}
		if referrer.TagUpdate != nil {
			item.Tag = referrer.TagUpdate.Tag
		}
		out.Referrers = append(out.Referrers, item)
	}
	if made := r.plan.Provenance(); made != nil && r.isComplete() {
		out.Attestation = made.Descriptor.Digest.String()
	}
	if b := r.report.Blobs; r.report.Manifest.Size > 0 {
		out.Blobs = &blobsOutput{b.Present, b.Mounted, b.Streamed, b.Bytes}
	}
	if r.err != nil {
		out.Error = r.err.Error()
	}
	return out
}

// moveWord is the status of a tag in a dry run.
func moveWord(m plan.TagUpdate) string {
	switch {
	case !m.Needed:
		return "keep"
	case m.From == v1.Hash{}:
		return "create"
	}
	return "move"
}

func hashText(h v1.Hash) string {
	if h == (v1.Hash{}) {
		return ""
	}
	return h.String()
}
