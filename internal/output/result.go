package output

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
)

// A TargetResult is the plan for one target and what came of it.
type TargetResult struct {
	plan   plan.TargetPlan
	report push.Report
	err    error
}

// An ImageResult is what came of one image at all targets.
type ImageResult struct {
	Name    string // of several specs: the spec
	Spec    []byte // of several specs: the bytes of the spec
	Skipped bool   // an earlier run pushed the spec
	Took    time.Duration
	// Requests were sent for the image, without those for tokens. Content that images share counts for one of them.
	Requests int64
	// Retries is how many of the requests were sent again after a failure, and Attempts how often the image was planned and
	// pushed.
	Retries  int64
	Attempts int
	Tags     []string       // of copy --all-tags: the tags of the image
	Results  []TargetResult // one for each target; nil without a plan
	Err      error
}

// reduced is the result without its plans, and without the name, the spec and the tags of an image that is done. A run may
// have many images.
func (r ImageResult) reduced() ImageResult {
	if r.Results = nil; r.Err == nil {
		r.Name, r.Spec, r.Tags = "", nil, nil
	}
	return r
}

// TargetResults joins plans, reports and the error of a push. A dry run has no reports.
func TargetResults(plans []plan.TargetPlan, reports []push.Report, err error) []TargetResult {
	var several *push.TargetsError
	results := make([]TargetResult, len(plans))
	for i := range plans {
		results[i] = TargetResult{plan: plans[i], err: err}
		if reports != nil {
			results[i].report = reports[i]
		}
		if errors.As(err, &several) {
			results[i].err = several.Errs[i]
		}
	}
	return results
}

// isComplete reports whether the target certainly holds everything that the plan has for it. In a dry run, it
// reports whether the target would.
func (r TargetResult) isComplete() bool {
	moved := func(t push.TagReport) bool {
		return t.Status == push.Created || t.Status == push.Moved || t.Status == push.Rewritten
	}
	return r.plan.Err == nil && (r.err == nil || slices.ContainsFunc(r.report.Tags, moved))
}

// referrersToCopy is the number of referrers that the target did not have.
func (r TargetResult) referrersToCopy() int {
	n := 0
	for _, referrer := range r.plan.Referrers {
		if referrer.Needed && referrer.Made == nil {
			n++
		}
	}
	return n
}

// WithTags adds to the error of each target what its tags hold now: a reader of the error asks for it first.
func WithTags(results []TargetResult, err error) error {
	var several *push.TargetsError
	if !errors.As(err, &several) {
		return results[0].withTags()
	}
	detailed := &push.TargetsError{Moved: several.Moved}
	for _, r := range results {
		detailed.Errs = append(detailed.Errs, r.withTags())
	}
	return detailed
}

func (r TargetResult) withTags() error {
	if r.err == nil || r.plan.Err != nil || as[*push.PartialError](r.err) {
		return r.err // there is nothing to add, or a PartialError has it already
	}
	return &pushError{r.err, r.report.Tags}
}

// isPartial reports whether some tags were moved and some were not.
func isPartial(err error) bool {
	var several *push.TargetsError
	var images *imagesError
	var stopped NotTriedError
	return as[*push.PartialError](err) || errors.As(err, &several) && several.Partial() || errors.As(err, &images) && images.Partial() ||
		errors.As(err, &stopped) && stopped.Left < stopped.All
}

// A pushError is a push that failed, with what its tags hold now.
type pushError struct {
	err  error
	tags []push.TagReport
}

func (e *pushError) Unwrap() error { return e.err }

func (e *pushError) Error() string {
	lines := []string{e.err.Error()}
	for _, tag := range e.tags {
		lines = append(lines, "tag "+tag.Tag+" "+tagState(tag))
	}
	return strings.Join(lines, "\n")
}

func tagState(t push.TagReport) string {
	switch {
	case t.Status == push.Unknown:
		return "holds the old or the new, whole: there was no answer to what would move it"
	case t.Status == push.Unchanged:
		return "held the new index before"
	case t.Status != push.Failed:
		return "was moved"
	case t.Previous == v1.Hash{}:
		return "was not created"
	}
	return fmt.Sprintf("was not moved from %s", t.Previous)
}
