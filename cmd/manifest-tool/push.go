package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
	"github.com/manifest-tool/manifest-tool/spec"
)

func (p *program) pushFromSpec(ctx context.Context, file string, isTemplate bool, o pushOptions) error {
	in, name := p.stdin, "stdin"
	if file != "-" {
		f, err := openFile(ctx, file, os.O_RDONLY)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return usagef("cannot read the spec: %v", err)
		}
		defer f.Close()
		in, name = f, file
	} else if o.passwordStdin {
		return usagef("the spec and the password cannot both come from stdin")
	}
	in = untilDone(ctx, in)
	if isTemplate || strings.HasSuffix(file, ".tmpl") {
		raw, err := io.ReadAll(io.LimitReader(in, spec.MaxTemplate+1))
		if err != nil {
			return &spec.ReadError{File: name, Err: err}
		}
		if isTemplate || bytes.Contains(raw, []byte("{{#")) {
			return p.pushTemplate(ctx, name, raw, o)
		}
		in = bytes.NewReader(raw)
	}
	return p.pushSpec(ctx, name, in, o)
}

// pushTemplate renders a spec for Drone first, from what Drone or Woodpecker say of the build.
func (p *program) pushTemplate(ctx context.Context, name string, template []byte, o pushOptions) error {
	rendered, err := spec.RenderDrone(name, template, p.lookup)
	if err != nil {
		return err
	}
	return p.pushSpec(ctx, name+" (rendered)", bytes.NewReader(rendered), o)
}

func (p *program) pushSpec(ctx context.Context, name string, in io.Reader, o pushOptions) error {
	s, notes, err := spec.Load(name, in, o.spec)
	p.warn(notes)
	if err != nil {
		return err
	}
	return p.push(ctx, s, o)
}

func (p *program) pushFromArgs(ctx context.Context, args spec.Args, o pushOptions) error {
	s, notes, err := spec.FromArgs(args, o.spec)
	p.warn(notes)
	if err != nil {
		return err
	}
	return p.push(ctx, s, o)
}

func (p *program) warn(notes []string) {
	for _, note := range notes {
		p.log.Warn(note)
	}
}

// push goes the one way: resolve, plan, push, report.
func (p *program) push(ctx context.Context, s spec.Spec, o pushOptions) (err error) {
	files, err := createResultFiles(ctx, o)
	if err != nil {
		return err
	}
	defer files.discard()
	progress := p.newProgress(o.progress, o.debug)
	defer progress.end()
	writes := len(s.Targets)
	if o.dryRun {
		writes = 0
	}
	session, err := p.open(ctx, o.globalOptions, s.Places(), writes, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	session.archives = archive.Options{Compress: o.compress, Note: func(text string) { p.log.Warn(text) }}
	if o.compress && !slices.ContainsFunc(s.Places(), isDockerArchive) {
		p.log.Warn("--compress is not used: no image comes from a docker-archive")
	}

	options := registry.PlanOptions{
		IgnoreMissing:    o.ignoreMissing,
		Force:            o.force,
		Strict:           o.strict,
		Platforms:        o.platforms,
		DropAttestations: o.dropAttestations,
		Require:          o.require,
		FailFast:         o.failFast,
	}
	if err := p.await(ctx, session, s, options, o.wait); err != nil {
		return err
	}
	state, err := registry.Resolve(ctx, session, s)
	if err != nil {
		return err
	}
	plans, notes, err := registry.PlanIndex(s, state, options)
	p.warn(notes)
	if err != nil {
		return err
	}
	if o.dryRun {
		progress.end()
		return p.printPlans(plans, o.js)
	}
	reports, err := registry.PushAll(ctx, session, plans, registry.PushOptions{Verify: o.verify, FailFast: o.failFast, Watch: progress.watch()})
	progress.end()
	results := resultsOf(plans, reports, err)
	p.tellResults(results)
	if err == nil {
		return errors.Join(files.commit(results), p.printResults(results, o.js))
	}
	if err = withTags(results, err); o.js && isPartial(err) {
		return errors.Join(err, p.printResults(results, true)) // what is done is worth knowing
	}
	return err
}

// await waits for images that do not exist yet, if that is wanted.
func (p *program) await(ctx context.Context, session registry.Session, s spec.Spec, o registry.PlanOptions, wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	return registry.Await(ctx, session, s, registry.AwaitOptions{For: wait, Plan: o, Waiting: func(source spec.Reference) {
		p.log.Warnf("waiting up to %s for %s, which does not exist yet", wait, source)
	}})
}

func isDockerArchive(place spec.Place) bool { return place.Kind == spec.DockerArchive }
