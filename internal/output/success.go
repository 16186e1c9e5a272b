package output

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
)

// summary is one line on what was done at a target: what became of its tags, and what was copied.
func (r TargetResult) summary() string {
	parts := []string{strings.Join(r.tagClauses(), "; ")}
	if removed := r.removedPlatforms(); len(removed) > 0 {
		parts = append(parts, enumerate(removed)+" removed")
	}
	if n := r.referrersToCopy(); n > 0 {
		parts = append(parts, Count(n, "referrer")+" copied")
	}
	if made := r.plan.Provenance(); made != nil && made.Needed {
		parts = append(parts, "provenance attached")
	}
	if b := r.report.Blobs; b.Mounted > 0 {
		parts = append(parts, Count(b.Mounted, "blob")+" mounted")
	}
	if b := r.report.Blobs; b.Streamed > 0 {
		parts = append(parts, fmt.Sprintf("%s sent (%s)", Count(b.Streamed, "blob"), HumanSize(b.Bytes)))
	}
	if present := r.plan.Present; len(present) > 0 {
		parts = append(parts, presentText(present))
	}
	return strings.Join(parts, ", ")
}

// removedPlatforms are the platforms that an edit has removed from the index: linux/arm may have meant linux/arm/v7.
func (r TargetResult) removedPlatforms() []string {
	isNew := func(t push.TagReport) bool { return t.Status == push.Moved || t.Status == push.Created }
	if len(r.report.Tags) > 0 && !slices.ContainsFunc(r.report.Tags, isNew) {
		return nil
	}
	var removed []string
	for _, c := range r.plan.Changes {
		name := PlatformName(c.Platform)
		isLeft := slices.ContainsFunc(r.plan.Platforms(), func(p v1.Platform) bool { return PlatformName(p) == name })
		if c.What == "removed" && c.Platform.OS != "" && !isLeft && !slices.Contains(removed, name) {
			removed = append(removed, name)
		}
	}
	return removed
}

// presentText says which additions of an edit have changed nothing.
func presentText(present []string) string {
	word := "is"
	if len(present) > 1 {
		word = "are"
	}
	return fmt.Sprintf("%s %s there already", enumerate(present), word)
}

// A tagGroup is tags that share one clause of the summary.
type tagGroup struct {
	tags   []string
	status push.TagStatus
	update plan.TagUpdate // of the first tag
}

// tagClauses say what became of the tags. Tags with the same past share a clause. The new index is described once.
func (r TargetResult) tagClauses() []string {
	if len(r.report.Tags) == 0 {
		return []string{fmt.Sprintf("pushed by digest (%s)", newImage(r.plan.Plan))}
	}
	var clauses []string
	groups := r.tagGroups()
	full := slices.IndexFunc(groups, func(g tagGroup) bool { return g.update.IsForIndex() && g.status == push.Moved })
	if full < 0 {
		full = slices.IndexFunc(groups, func(g tagGroup) bool { return g.update.IsForIndex() })
	}
	for i, g := range groups {
		clause := enumerate(g.tags) + " " + string(g.status)
		switch {
		case !g.update.IsForIndex():
		case g.status == push.Moved:
			clause = enumerate(g.tags) + " " + movedText("moved", g.update)
			if i == full {
				clause += fmt.Sprintf(" to %s (%s)", shortDigest(g.update.To), newImage(r.plan.Plan))
			}
		case i == full && r.plan.Unread == nil:
			clause += fmt.Sprintf(" (%s)", newImage(r.plan.Plan))
		}
		clauses = append(clauses, clause)
	}
	return clauses
}

// tagGroups groups the tags, in the order of the first tag of each group. Tags of images are one
// group whatever they held before: each held its own digest.
func (r TargetResult) tagGroups() []tagGroup {
	var groups []tagGroup
	for i, u := range r.plan.TagUpdates {
		status := r.report.Tags[i].Status
		same := func(g tagGroup) bool {
			return g.status == status && g.update.IsForIndex() == u.IsForIndex() && (!u.IsForIndex() || g.update.From == u.From)
		}
		at := slices.IndexFunc(groups, same)
		if at < 0 {
			at = len(groups)
			groups = append(groups, tagGroup{status: status, update: u})
		}
		groups[at].tags = append(groups[at].tags, u.Tag)
	}
	return groups
}

// movedText says from what a tag moves. The old digest is whole: no other line has it, and it is the way back.
func movedText(word string, u plan.TagUpdate) string {
	text := fmt.Sprintf("%s from %s", word, u.From)
	if held := heldImage(u.Held); held != "" {
		text += " (" + held + ")"
	}
	return text
}

// heldImage says what a tag held, as far as that is known.
func heldImage(held *plan.HeldImage) string {
	switch {
	case held == nil:
		return ""
	case held.Partial:
		return "an index"
	case held.IsIndex:
		return Count(len(held.Platforms), "platform")
	case len(held.Platforms) == 1:
		return "an image for " + PlatformName(held.Platforms[0])
	}
	return "a single image"
}

// newImage says what a plan writes.
func newImage(p plan.Plan) string {
	platforms := p.Platforms()
	if len(platforms) == 0 && !p.Index.MediaType.IsIndex() {
		return "a single manifest"
	}
	return Count(len(platforms), "platform")
}

// shortDigest is enough of a digest to recognise it.
func shortDigest(digest v1.Hash) string { return shorten(digest.String()) }

func shorten(digest string) string {
	if end := len("sha256:") + 12; len(digest) > end {
		return digest[:end] + "…"
	}
	return digest
}

// enumerate joins words: a, b and c.
func enumerate(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
