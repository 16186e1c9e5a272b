package output

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// printPlans prints the result of a dry run: the index to stdout, what would be done to stderr.
func (p *Printer) printPlans(results []TargetResult, asJSON bool) error {
	if asJSON {
		return p.WriteJSON(planOutput(results))
	}
	for _, r := range results {
		if r.plan.Err == nil {
			p.printPlan(r.plan.Plan)
		}
	}
	return p.WriteResult(results[0].plan.Index.Bytes)
}

// printPlan says what a plan would do: for each manifest, the index and each tag, and what that takes.
func (p *Printer) printPlan(pl plan.Plan) {
	for _, e := range pl.Entries {
		if e.Copy {
			p.infof("would copy %s %s from %s, %s", entryName(e), e.Descriptor.Digest, e.Source, blobsText(pl, e))
		} else if !pl.Split {
			p.infof("would keep %s %s", entryName(e), e.Descriptor.Digest)
		}
	}
	for _, r := range pl.Referrers {
		switch {
		case !r.Needed:
		case r.Made != nil:
			p.infof("would attach provenance as %s, %d bytes, to %s", r.Descriptor.Digest, len(r.Made.Statement()), r.Subject)
		default:
			p.infof("would copy %s %s from %s, about %s", referrerName(r), r.Descriptor.Digest, r.Source, r.Subject)
		}
	}
	if len(pl.Present) > 0 {
		p.infof("%s", presentText(pl.Present))
	}
	for _, change := range pl.Changes {
		p.infof("would %s", changeText(change))
	}
	if d := pl.Descriptor(); !pl.Split && pl.Unread == nil {
		p.infof("would push %s as %s, %d bytes, %s (%s)", pl.Target, d.Digest, d.Size, d.MediaType, newImage(pl))
	}
	for _, m := range pl.TagUpdates {
		p.infof("would %s", tagText(m))
	}
	p.infof("would need %s for %s", costText(pl.Estimate()), pl.Target)
}

// blobsText says how the blobs of a manifest come to the target.
func blobsText(pl plan.Plan, e plan.Entry) string {
	word := "streaming"
	if pl.WayOf(e) == plan.Mount {
		word = "mounting"
	}
	return fmt.Sprintf("%s %s (%s)", word, Count(len(e.Blobs), "blob"), HumanSize(e.BlobBytes()))
}

// tagText says what becomes of a tag.
func tagText(m plan.TagUpdate) string {
	what := m.Tag
	if m.Platform != nil {
		what += " for " + PlatformName(*m.Platform)
	}
	switch {
	case !m.Needed:
		return fmt.Sprintf("leave tag %s unchanged", what)
	case m.From == v1.Hash{}:
		return "create tag " + what
	}
	text := fmt.Sprintf("%s to %s", movedText("move tag "+what, m), shortDigest(m.To))
	lost := platformNames(m.Lost)
	if m.LosesReferrers != nil && *m.LosesReferrers {
		lost = append(lost, "all signatures and other referrers")
	}
	if len(lost) > 0 {
		text += ", and lose " + enumerate(lost)
	}
	return text
}

// costText says what a plan takes. Only the push shows which blobs the target holds.
func costText(e plan.Estimate) string {
	text := fmt.Sprintf("%d to %d requests", e.Requests.AtLeast, e.Requests.AtMost)
	switch {
	case e.Requests.AtMost == 0:
		text = "no requests"
	case e.Requests.AtLeast == e.Requests.AtMost:
		text = Count(int(e.Requests.AtMost), "request")
	}
	if e.Bytes.AtMost == 0 {
		return text + " and no blobs"
	}
	return text + " and at most " + HumanSize(e.Bytes.AtMost) + " of blobs"
}

// referrerName says how a referrer is found: by its tag, or by the referrers API.
func referrerName(r plan.PlannedReferrer) string {
	if r.TagUpdate != nil {
		return "tag " + r.TagUpdate.Tag
	}
	return "referrer"
}

// changeText says what an edit does to an entry or to the index.
func changeText(c index.Change) string {
	what := "the index"
	switch {
	case c.Platform.OS != "":
		what = PlatformName(c.Platform)
	case c.From != v1.Hash{} || c.To != v1.Hash{}:
		what = "an entry"
	}
	switch c.What {
	case "added":
		return fmt.Sprintf("add %s, %s", what, c.To)
	case "removed":
		return fmt.Sprintf("remove %s, %s", what, c.From)
	case "replaced":
		return fmt.Sprintf("replace %s, %s, with %s", what, c.From, c.To)
	case "attested":
		return "replace the attestations of " + what
	case "type":
		return "convert the index to the other format"
	case "platform":
		return fmt.Sprintf("list %s for %s", c.To, what)
	}
	return "annotate " + what
}
