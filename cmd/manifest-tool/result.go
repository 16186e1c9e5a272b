package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
)

// A result is what was planned for one target, and what came of it.
type result struct {
	plan   plan.Plan
	report push.Report
	err    error
}

func resultsOf(plans []plan.Plan, reports []push.Report, err error) []result {
	var several *push.TargetsError
	results := make([]result, len(plans))
	for i := range plans {
		results[i] = result{plan: plans[i], report: reports[i], err: err}
		if errors.As(err, &several) {
			results[i].err = several.Errs[i]
		}
	}
	return results
}

// tellResults says on stderr what was mended, and where stdout does not tell all of it what was done at each
// target.
func (p *program) tellResults(results []result) {
	p.tellRepaired(results)
	for _, r := range results {
		if r.err == nil && (len(results) > 1 || r.plan.Split) {
			p.say("%s: %s", r.plan.Target, r.summary())
		}
	}
}

// tellRepaired warns of what a target should have had.
func (p *program) tellRepaired(results []result) {
	for _, r := range results {
		for _, digest := range r.report.Repaired {
			p.log.Warnf("%s lacked %s, which it said it had: sent again", r.plan.Target, digest)
		}
	}
}

// summary is what was done, in a line.
func (r result) summary() string {
	parts := []string{}
	for _, t := range r.report.Tags {
		parts = append(parts, fmt.Sprintf("%s %s", t.Tag, t.Status))
	}
	if len(parts) == 0 {
		parts = append(parts, "pushed by digest")
	}
	if n := r.referrers(); n > 0 {
		parts = append(parts, count(n, "referrer")+" copied")
	}
	if b := r.report.Blobs; b.Mounted > 0 {
		parts = append(parts, count(b.Mounted, "blob")+" mounted")
	}
	if b := r.report.Blobs; b.Streamed > 0 {
		parts = append(parts, fmt.Sprintf("%s sent (%s)", count(b.Streamed, "blob"), humanSize(b.Bytes)))
	}
	return strings.Join(parts, ", ")
}

// isThere tells whether the target has for sure what was planned for it, or would have it.
func (r result) isThere() bool {
	moved := func(t push.TagReport) bool {
		return t.Status == push.Created || t.Status == push.Moved || t.Status == push.Rewritten
	}
	return r.plan.Err == nil && (r.err == nil || slices.ContainsFunc(r.report.Tags, moved))
}

// referrers is how many there were to copy.
func (r result) referrers() int {
	n := 0
	for _, about := range r.plan.Referrers {
		if about.Needed {
			n++
		}
	}
	return n
}

// withTags adds to the error of each target what its tags hold now: the first question of whoever
// reads it.
func withTags(results []result, err error) error {
	var several *push.TargetsError
	if !errors.As(err, &several) {
		return results[0].withTags()
	}
	told := &push.TargetsError{Moved: several.Moved}
	for _, r := range results {
		told.Errs = append(told.Errs, r.withTags())
	}
	return told
}

func (r result) withTags() error {
	if r.err == nil || r.plan.Err != nil || as[*push.PartialError](r.err) {
		return r.err // nothing to add, or it says it all
	}
	return &pushError{r.err, r.report.Tags}
}

// isPartial tells whether a push that failed is done in part.
func isPartial(err error) bool {
	var several *push.TargetsError
	var copies *copiesError
	return as[*push.PartialError](err) || errors.As(err, &several) && several.Partial() || errors.As(err, &copies) && copies.Partial()
}
