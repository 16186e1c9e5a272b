package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/drone"
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
		raw, err := io.ReadAll(io.LimitReader(in, drone.MaxTemplate+1))
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
	rendered, err := drone.Render(name, template, p.lookup)
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

// push puts together what a spec says.
func (p *program) push(ctx context.Context, s spec.Spec, o pushOptions) error {
	decide := func(ctx context.Context, session registry.Session) ([]plan.Plan, []string, error) {
		if err := p.await(ctx, session, s, o); err != nil {
			return nil, nil, err
		}
		if o.pinned {
			if err := p.unmoved(ctx, session, s); err != nil {
				return nil, nil, err
			}
		}
		state, err := resolve.Push(ctx, session, s, o.plan())
		if err != nil {
			return nil, nil, err
		}
		return plan.Push(s, state, o.plan())
	}
	return p.carryOut(ctx, job{s.Places(), len(s.Targets), decide}, o)
}

// await waits for images that do not exist yet, if that is wanted.
func (p *program) await(ctx context.Context, session registry.Session, s spec.Spec, o pushOptions) error {
	if o.wait == 0 {
		return nil
	}
	return resolve.Await(ctx, session, s, resolve.AwaitOptions{For: o.wait, Plan: o.plan(), Waiting: func(source spec.Reference) {
		p.log.Warnf("waiting up to %s for %s, which does not exist yet", o.wait, source)
	}})
}
