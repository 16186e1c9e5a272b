package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A job is what the commands that write have in common: the places that they name, of which the first are
// targets, and what is to be done there, which they find out and decide.
type job struct {
	places  []spec.Place
	targets int
	decide  func(context.Context, registry.Session) (plans []plan.Plan, notes []string, err error)
}

// work opens the places of a job, and has done what is to be done there. What came of it is told when all is
// closed: an archive is only there then.
func (p *program) work(ctx context.Context, j job, o pushOptions, do func(registry.Session, *progress) (tell func() error, err error)) error {
	if o.compress && !slices.ContainsFunc(j.places, isDockerArchive) {
		p.log.Warn("--compress is not used: no image comes from a docker-archive")
	}
	progress := p.newProgress(o.progress, o.debug)
	defer progress.end()
	writes := j.targets
	if o.dryRun {
		writes = 0
	}
	session, err := p.open(ctx, o.globalOptions, j.places, writes, progress)
	if err != nil {
		return err
	}
	for _, target := range j.places[:j.targets] {
		if target.Kind == spec.OCIArchive {
			session.made = append(session.made, target)
		}
	}
	session.archives = archive.Options{Compress: o.compress, Note: func(text string) { p.log.Warn(text) }}
	tell, err := do(session, progress)
	if closeErr := session.Close(); closeErr != nil {
		return errors.Join(err, closeErr)
	}
	if tell != nil {
		err = errors.Join(err, tell())
	}
	return err
}

// carryOut goes the one way: resolve and plan, push, report.
func (p *program) carryOut(ctx context.Context, j job, o pushOptions) error {
	files, err := p.createResultFiles(ctx, o)
	if err != nil {
		return err
	}
	defer files.discard()
	return p.work(ctx, j, o, func(session registry.Session, progress *progress) (func() error, error) {
		results, err := p.attempt(ctx, session, j, o, progress)
		for try := 0; try < o.retries && (isOvertaken(err) || err == nil && p.isLost(ctx, session, j, o)); try++ {
			if err == nil {
				err = errLost
			}
			p.log.Warnf("%v: once more, on what it holds now", err)
			if err := sleep(ctx, rand.N(100*time.Millisecond<<min(try, 5))); err != nil { // two that go on like this part
				return nil, err
			}
			results, err = p.attempt(ctx, session, j, o, progress)
		}
		progress.end()
		switch {
		case results == nil:
			return nil, err
		case o.dryRun:
			return func() error { return p.printPlans(results, o.js) }, err
		case err != nil:
			err = withTags(results, err)
		}
		return func() error { return p.tell(results, files, err, o.js) }, err
	})
}

// tell tells what came of it. What is done is worth knowing beside an error, too.
func (p *program) tell(results []result, files resultFiles, err error, asJSON bool) error {
	p.tellResults(results)
	switch {
	case err == nil:
		return errors.Join(files.commit(results), p.printResults(results, asJSON))
	case asJSON && isPartial(err):
		return p.printResults(results, true)
	}
	return nil
}

func isDockerArchive(place spec.Place) bool { return place.Kind == spec.DockerArchive }

// isOvertaken tells whether a plan stands on what a tag held, and does not hold any more.
func isOvertaken(err error) bool {
	var conflict *push.ConflictError
	return errors.As(err, &conflict) && conflict.Pinned
}

// afterwards is when a tag is looked at once more that others are known to move as well: longer than it takes
// one of them to write what was decided before.
const afterwards = time.Second

var errLost = errors.New("somebody else has written over the tag in the same moment")

// isLost tells whether what was done is not there any more a moment later. Who had looked at the tag before it
// moved may have moved it behind that, which no registry can prevent. What others have built on ours is fine:
// then there is nothing to do.
func (p *program) isLost(ctx context.Context, session registry.Session, j job, o pushOptions) bool {
	if o.dryRun || sleep(ctx, afterwards) != nil {
		return false
	}
	plans, _, err := j.decide(ctx, session)
	return err == nil && slices.ContainsFunc(plans, func(pl plan.Plan) bool {
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

// attempt plans and pushes once. There are no results if there is no plan.
func (p *program) attempt(ctx context.Context, session registry.Session, j job, o pushOptions, progress *progress) ([]result, error) {
	plans, notes, err := j.decide(ctx, session)
	p.warn(notes)
	if err != nil {
		return nil, err
	}
	if o.dryRun {
		return resultsOf(plans, make([]push.Report, len(plans)), nil), unreachable(plans)
	}
	reports, err := push.All(ctx, session, plans, push.Options{Verify: o.verify, FailFast: o.failFast, Watch: progress.watch()})
	return resultsOf(plans, reports, err), err
}

// unreachable is why something cannot be done at some targets.
func unreachable(plans []plan.Plan) error {
	var errs []error
	for _, pl := range plans {
		errs = append(errs, pl.Err)
	}
	return errors.Join(errs...)
}
