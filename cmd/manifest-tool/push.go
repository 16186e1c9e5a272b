package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// pushFromSpec pushes the spec in a file, or in stdin for -.
func (r *runner) pushFromSpec(ctx context.Context, file string, isTemplate bool, o pushOptions) error {
	in, name := r.stdin, "stdin"
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
	in = contextReader(ctx, in)
	if isTemplate || strings.HasSuffix(file, ".tmpl") {
		raw, err := io.ReadAll(io.LimitReader(in, spec.MaxTemplate+1))
		if err != nil {
			return &spec.ReadError{File: name, Err: err}
		}
		if isTemplate || bytes.Contains(raw, []byte("{{#")) {
			return r.pushTemplate(ctx, name, raw, o)
		}
		in = bytes.NewReader(raw)
	}
	return r.pushSpec(ctx, name, in, o)
}

// pushTemplate pushes a spec that is a template of Drone's plugin. The variables of Drone or Woodpecker fill it.
func (r *runner) pushTemplate(ctx context.Context, name string, template []byte, o pushOptions) error {
	rendered, err := spec.RenderDrone(name, template, r.lookup)
	if err != nil {
		return err
	}
	return r.pushSpec(ctx, name+" (rendered)", bytes.NewReader(rendered), o)
}

// pushSpec parses a spec and pushes it.
func (r *runner) pushSpec(ctx context.Context, name string, in io.Reader, o pushOptions) error {
	s, notes, err := spec.Load(name, in, o.spec)
	r.out.warn(notes...)
	if err != nil {
		return err
	}
	return r.push(ctx, s, o)
}

// pushFromArgs pushes what the arguments say.
func (r *runner) pushFromArgs(ctx context.Context, args spec.Args, o pushOptions) error {
	s, notes, err := spec.FromArgs(args, o.spec)
	r.out.warn(notes...)
	if err != nil {
		return err
	}
	return r.push(ctx, s, o)
}

// push assembles the index of a spec and pushes it.
func (r *runner) push(ctx context.Context, s spec.Spec, o pushOptions) error {
	decide := func(ctx context.Context, session registry.Session) ([]registry.Plan, []string, error) {
		if err := r.await(ctx, session, s, o); err != nil {
			return nil, nil, err
		}
		if o.pinned {
			if err := r.checkUnmoved(ctx, session, s); err != nil {
				return nil, nil, err
			}
		}
		state, err := registry.Resolve(ctx, session, s, o.planOptions())
		if err != nil {
			return nil, nil, err
		}
		return registry.PlanIndex(s, state, o.planOptions())
	}
	return r.carryOut(ctx, oneImage(placesOf(s), decide), o)
}

// await waits for images that do not exist yet, with --wait.
func (r *runner) await(ctx context.Context, session registry.Session, s spec.Spec, o pushOptions) error {
	if o.wait == 0 {
		return nil
	}
	return registry.Await(ctx, session, s, registry.AwaitOptions{For: o.wait, Plan: o.planOptions(), Waiting: func(source spec.Reference) {
		r.out.warnf("waiting up to %s for %s, which does not exist yet", o.wait, source)
	}})
}
