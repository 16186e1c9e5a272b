package run

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/output/progress"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/plan/planfile"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A job is what the commands that write differ in: the places that they use, and the images that they push.
type job struct {
	places places
	// images finds the images of the job, which come one after the other: a job may have many thousand. Many of them are
	// pushed at a time.
	images func(context.Context, *session) (found, error)
	nameOf func(number int) string // of several images
	// several: the report is about several images with their tags, even if images finds only one.
	several bool
	allTags bool // of copy --all-tags: one source and the same targets for all images
	// isStream: the number of images is unknown, and the places are those of the first image.
	isStream bool
}

// found are the images that a job has found.
type found struct {
	lanes []iter.Seq[image] // see lanesOf
	all   int               // of all lanes; 0 if unknown
}

// oneLane are images of one lane, which come in their order.
func oneLane(images []image) found {
	for i := range images {
		images[i].number = i
	}
	return found{lanes: []iter.Seq[image]{slices.Values(images)}, all: len(images)}
}

// An image is planned and pushed on its own: an index, or a single image, for all targets.
type image struct {
	decide decision
	names  func() []string // of several images: the names that the report has for this image, made late
	err    error           // why this image cannot be pushed
	size   int64           // of its manifest
	at     int             // its place in the report
	// name is the spec of the image, and after are the images that make sources of the image, by the number of images
	// before them. They come before it.
	name  string
	after []int
	raw   []byte // the bytes of the spec
	done  bool   // an earlier run pushed the image
	// number counts the images of the job in the order in which they wait for one another.
	number int
}

// A decision finds out what there is and plans what to do about it: a plan for each target, and warnings.
type decision func(context.Context, registry.Session) (plans []plan.TargetPlan, notes []string, err error)

// oneImage is the job that pushes one image.
func oneImage(named places, decide decision) job {
	return job{places: named, images: func(context.Context, *session) (found, error) {
		return oneLane([]image{{decide: decide}}), nil
	}}
}

// carryOut opens the places of a job, plans and pushes its images, closes the places, and reports. All commands
// that write use it.
func (r *Runner) carryOut(ctx context.Context, j job, o PushOptions) error {
	if o.Quiet {
		r.out.SetQuiet()
	}
	if o.Lines && o.Files.IsForOne() {
		return output.Usagef("--output jsonl is for many images, and a file has room for one digest: use --output json")
	}
	results, err := r.createResultFiles(ctx, j, o)
	if err != nil {
		return err
	}
	defer results.Files.Discard()
	defer results.PlanFile.Discard()
	if o.Compress && !slices.ContainsFunc(j.places.all(), isDockerArchive) {
		r.out.Warn("--compress is not used: no image comes from a docker-archive")
	}
	progress := r.newMeter(o)
	defer progress.End()
	j.places.many = j.several
	session, err := r.openJob(ctx, j.places, o, progress)
	if err != nil {
		return err
	}
	p := &pusher{Runner: r, o: o, session: session, progress: progress}
	report := output.NewReport(r.out, j.several, results)
	printReport, err := p.pushImages(ctx, j, report)
	progress.End()
	err = session.advise(ctx, err)
	if closeErr := session.finish(ctx); closeErr != nil {
		return p.outcome(ctx, j, errors.Join(err, closeErr))
	}
	if printReport != nil {
		err = errors.Join(err, printReport())
	}
	return p.outcome(ctx, j, err)
}

// createResultFiles opens the files for the result: those of a push, or the plan file of a command that only plans. A
// dry run has neither.
func (r *Runner) createResultFiles(ctx context.Context, j job, o PushOptions) (results output.ReportOptions, err error) {
	results = output.ReportOptions{DryRun: o.DryRun, AsJSON: o.AsJSON, Lines: o.Lines, Ordered: o.Ordered, AtOnce: j.isStream}
	switch {
	case !o.DryRun:
		results.Files, err = output.CreateFiles(ctx, o.Files, r.Getenv)
	case o.PlanFile != "":
		results.PlanFile, err = output.CreatePlanFile(ctx, o.PlanFile, planfile.New(o.fileOptions(), j.allTags))
	}
	return results, err
}

// openJob opens the places of a job. A dry run writes to none of them.
func (r *Runner) openJob(ctx context.Context, named places, o PushOptions, progress *progress.Meter) (*session, error) {
	opened := named
	if o.DryRun {
		opened = named.readOnly()
	}
	s, err := r.open(ctx, o.GlobalOptions, opened, progress)
	if err != nil {
		return nil, err
	}
	s.archives = r.archiveOptions(o)
	for _, target := range named.targets {
		if target.Kind == spec.OCIArchive {
			s.created = append(s.created, target)
		}
	}
	return s, nil
}

func (r *Runner) archiveOptions(o PushOptions) archive.Options {
	return archive.Options{Compress: o.Compress, Note: func(text string) { r.out.Warn(text) }}
}

func isDockerArchive(place spec.Place) bool { return place.Kind == spec.DockerArchive }

// A pusher pushes the images of a job to places that are open.
type pusher struct {
	*Runner
	o        PushOptions
	session  *session
	progress *progress.Meter
	began    atomic.Bool // something may be written
}

// outcome adds to an error what the push had done by then. A dry run writes nothing, so its errors do not say so,
// unless a signal or --timeout ended the run.
func (p *pusher) outcome(ctx context.Context, j job, err error) error {
	if err == nil || p.o.DryRun && ctx.Err() == nil {
		return err
	}
	isArchive := func(place spec.Place) bool { return place.Kind == spec.OCIArchive }
	isKept := func(place spec.Place) bool { return !isArchive(place) }
	return output.PushError{
		Err: err, Began: p.began.Load(), Force: p.o.Force,
		Kept: slices.ContainsFunc(j.places.targets, isKept), Restarted: slices.ContainsFunc(j.places.targets, isArchive),
	}
}

// pushImages pushes the images of a job, and returns how to print the report.
func (p *pusher) pushImages(ctx context.Context, j job, report output.Report) (printReport func() error, err error) {
	finding, stop := context.WithCancel(ctx)
	defer stop()
	images, err := j.images(finding, p.session)
	if err != nil {
		return nil, err
	}
	if j.several && images.all != 1 {
		p.progress.Images(images.all, j.isStream)
		report = counted{report, p.progress}
	}
	all, rest := p.pushAll(ctx, images.lanes, batchOptions{nameOf: j.nameOf, stopFinding: stop, isStream: j.isStream}, report)
	printReport, err = report.Finish(all, rest)
	switch {
	case err != nil:
	case rest.Images > 0: // the run ended between two images
		err = output.NotTriedError{Left: rest.Images, All: all, Err: context.Canceled}
	case j.isStream && ctx.Err() != nil: // there may be more images
		err = context.Canceled
	}
	return printReport, err
}

// A counted report shows the progress of the images.
type counted struct {
	output.Report
	progress *progress.Meter
}

func (c counted) Add(at int, image output.ImageResult) {
	c.Report.Add(at, image)
	c.progress.Finished(image.Err != nil, image.Skipped)
}

// pushImage plans and pushes an image, again if another client moved the tag and o.retries allows it. The results
// are nil if there is no plan.
func (p *pusher) pushImage(ctx context.Context, decide decision) (results []output.TargetResult, attempts int, err error) {
	var noted []string // a second attempt has the same notes
	results, err = p.attempt(ctx, decide, &noted)
	attempts = 1
	for try := 0; try < p.o.Retries && (output.IsOvertaken(err) || err == nil && p.isLost(ctx, decide)); try++ {
		if err == nil {
			err = errLost
		}
		p.out.Warnf("%v: trying again with the current content of the tag", err)
		// a random wait: two clients that retry at the same time would meet again
		if err := sleep(ctx, rand.N(100*time.Millisecond<<min(try, 5))); err != nil {
			return nil, attempts, err
		}
		results, err = p.attempt(ctx, decide, &noted)
		attempts++
	}
	if err != nil && results != nil && !p.o.DryRun {
		err = output.WithTags(results, err)
	}
	return results, attempts, err
}

// attempt plans and pushes once. It prints the notes of the plan that are not printed yet. The results are nil if there
// is no plan.
func (p *pusher) attempt(ctx context.Context, decide decision, noted *[]string) ([]output.TargetResult, error) {
	plans, notes, err := decide(ctx, p.session)
	for _, note := range notes {
		if !slices.Contains(*noted, note) {
			p.out.Warn(note)
		}
	}
	*noted = notes
	if err != nil {
		return nil, err
	}
	if p.o.DryRun {
		if !p.o.brief {
			err = resolve.LostReferrers(ctx, p.session, plans)
		}
		return output.TargetResults(plans, nil, nil), errors.Join(planErrors(plans), err)
	}
	o := push.Options{
		Verify: p.o.Verify, FailFast: p.o.FailFast, Strict: p.o.strictPush(),
		Watch: p.progress.Watch(), Warn: func(text string) { p.out.Warn(text) },
	}
	p.began.Store(true)
	reports, err := push.All(ctx, p.session, plans, o)
	return output.TargetResults(plans, reports, err), err
}

// planErrors joins the errors of targets for which there is no plan.
func planErrors(plans []plan.TargetPlan) error {
	var errs []error
	for _, pl := range plans {
		errs = append(errs, pl.Err)
	}
	return errors.Join(errs...)
}

// settleTime is how long a push waits before it looks at a tag again that other clients move too. It is longer
// than another client needs between its last look at the tag and its write.
const settleTime = time.Second

var errLost = errors.New("another client has overwritten the tag at the same time")

// isLost reports whether another client has overwritten the tag. That client may have looked at the tag before our
// PUT and written after it, which no registry can prevent. If the other client has built on our index, there is
// nothing to do.
func (p *pusher) isLost(ctx context.Context, decide decision) bool {
	if p.o.DryRun || sleep(ctx, settleTime) != nil {
		return false
	}
	plans, _, err := decide(ctx, p.session)
	return err == nil && slices.ContainsFunc(plans, func(pl plan.TargetPlan) bool {
		return slices.ContainsFunc(pl.TagUpdates, func(m plan.TagUpdate) bool { return m.From != m.To })
	})
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
