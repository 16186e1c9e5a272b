package main

import (
	"context"
	"errors"
	"os"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

func (p *program) pushFromSpec(ctx context.Context, file string, o pushOptions) error {
	in, name := p.stdin, "stdin"
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return usagef("cannot read the spec: %v", err)
		}
		defer f.Close()
		in, name = f, file
	} else if o.passwordStdin {
		return usagef("the spec and the password cannot both come from stdin")
	}
	s, notes, err := spec.Load(name, untilDone(ctx, in), o.spec)
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
	digestFile, err := createDigestFile(o.digestFile)
	if err != nil {
		return err
	}
	defer digestFile.discard()
	session, err := p.open(ctx, o.globalOptions, s.Places(), !o.dryRun)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()

	state, err := registry.Resolve(ctx, session, s)
	if err != nil {
		return err
	}
	plan, err := registry.PlanIndex(s, state, registry.PlanOptions{
		IgnoreMissing: o.ignoreMissing,
		Force:         o.force,
		Strict:        o.strict,
	})
	p.warn(plan.Notes)
	if err != nil {
		return err
	}
	if o.dryRun {
		return p.printPlan(plan, o.js)
	}
	report, err := registry.Push(ctx, session, plan)
	if partial := (*registry.PartialError)(nil); errors.As(err, &partial) && o.js {
		return errors.Join(err, p.printReport(plan, report, true)) // which tags moved is worth knowing
	}
	if err != nil {
		return err
	}
	return errors.Join(
		digestFile.commit(report.Manifest.Digest.String()),
		p.printReport(plan, report, o.js),
	)
}
