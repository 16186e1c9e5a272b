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

func (p *Printer) printPlan(pl plan.Plan) {
	for _, e := range pl.Entries {
		if e.Copy {
			p.infof("would copy %s %s from %s, with %s", entryName(e), e.Descriptor.Digest, e.Source, Count(len(e.Blobs), "blob"))
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
	for _, change := range pl.Changes {
		p.infof("would %s", changeText(change))
	}
	if d := pl.Descriptor(); !pl.Split && pl.Unread == nil {
		p.infof("would push %s as %s, %d bytes, %s (%s)", pl.Target, d.Digest, d.Size, d.MediaType, newImage(pl))
	}
	for _, m := range pl.TagUpdates {
		what := m.Tag
		if m.Platform != nil {
			what += " for " + PlatformName(*m.Platform)
		}
		switch {
		case !m.Needed:
			p.infof("would leave tag %s unchanged", what)
		case m.From == v1.Hash{}:
			p.infof("would create tag %s", what)
		default:
			p.infof("would %s to %s", movedText("move tag "+what, m), shortDigest(m.To))
		}
	}
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
