package run

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/drone"
)

// PushFromSpec pushes the spec in a file, or in stdin for -.
func (r *Runner) PushFromSpec(ctx context.Context, file string, isTemplate bool, o PushOptions) error {
	s, err := r.loadSpec(ctx, file, isTemplate, o)
	if err != nil {
		return err
	}
	return r.push(ctx, s, o)
}

// loadSpec reads the spec in a file, or in stdin for -. A template of Drone's plugin is rendered first.
func (r *Runner) loadSpec(ctx context.Context, file string, isTemplate bool, o PushOptions) (spec.Spec, error) {
	in, name := r.Stdin, "stdin"
	if file != "-" {
		f, err := contextio.Open(ctx, file, os.O_RDONLY)
		switch {
		case ctx.Err() != nil:
			return spec.Spec{}, ctx.Err()
		case err != nil:
			return spec.Spec{}, output.Usagef("cannot read the spec: %v", err)
		}
		defer f.Close()
		in, name = f, file
	} else if o.PasswordStdin {
		return spec.Spec{}, output.Usagef("the spec and the password cannot both come from stdin")
	}
	in = contextio.NewReader(ctx, in)
	if isTemplate || strings.HasSuffix(file, ".tmpl") {
		raw, err := io.ReadAll(io.LimitReader(in, drone.MaxTemplate+1))
		if err != nil {
			return spec.Spec{}, &spec.ReadError{File: name, Err: err}
		}
		if isTemplate || bytes.Contains(raw, []byte("{{#")) {
			return r.renderSpec(name, raw, o)
		}
		in = bytes.NewReader(raw)
	}
	return r.parseSpec(name, in, o)
}

// PushTemplate pushes a spec that is a template of Drone's plugin. The variables of Drone or Woodpecker fill it.
func (r *Runner) PushTemplate(ctx context.Context, name string, template []byte, o PushOptions) error {
	s, err := r.renderSpec(name, template, o)
	if err != nil {
		return err
	}
	return r.push(ctx, s, o)
}

func (r *Runner) renderSpec(name string, template []byte, o PushOptions) (spec.Spec, error) {
	rendered, err := drone.Render(name, template, r.Lookup)
	if err != nil {
		return spec.Spec{}, err
	}
	return r.parseSpec(name+" (rendered)", bytes.NewReader(rendered), o)
}

// parseSpec parses a spec, and prints the warnings about it.
func (r *Runner) parseSpec(name string, in io.Reader, o PushOptions) (spec.Spec, error) {
	s, notes, err := spec.Load(name, in, o.Spec)
	r.out.Warn(notes...)
	return s, err
}

// PushFromArgs pushes what the arguments say.
func (r *Runner) PushFromArgs(ctx context.Context, args spec.Args, o PushOptions) error {
	s, notes, err := spec.FromArgs(args, o.Spec)
	r.out.Warn(notes...)
	if err != nil {
		return err
	}
	return r.push(ctx, s, o)
}

// push assembles the index of a spec and pushes it.
func (r *Runner) push(ctx context.Context, s spec.Spec, o PushOptions) error {
	return r.carryOut(ctx, oneImage(placesOf(s), r.pushPlans(s, o)), o)
}

// pushPlans finds out what the sources of a spec are and what its targets hold, and plans the push.
func (r *Runner) pushPlans(s spec.Spec, o PushOptions) decision {
	return func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		if err := plan.CheckRecordable(s.Type, o.planOptions()); err != nil {
			return nil, nil, err
		}
		if err := r.await(ctx, session, s, o); err != nil {
			return nil, nil, err
		}
		if o.pinned {
			if err := r.checkUnmoved(ctx, session, s); err != nil {
				return nil, nil, err
			}
		}
		state, err := resolve.Push(ctx, session, s, o.planOptions())
		if err == nil {
			state, err = r.withReferrers(ctx, session, s, state, o)
		}
		if err != nil {
			return nil, nil, err
		}
		if o.namesDigests {
			r.nameDigests(s, state)
		}
		return plan.Push(s, state, o.planOptions())
	}
}

// nameDigests prints the digest that was found for each source with a tag. All later steps use the digest.
func (r *Runner) nameDigests(s spec.Spec, state plan.State) {
	for i, e := range s.Entries {
		if found := state.Entries[i]; e.Source.Digest == (v1.Hash{}) && found.Missing == nil && found.Digest != (v1.Hash{}) {
			r.out.Warnf("%s is a tag: it holds %s, which is used", e.Source, found.Digest)
		}
	}
}

// withReferrers adds the referrers of what was resolved, with --referrers.
func (r *Runner) withReferrers(ctx context.Context, session registry.Session, s spec.Spec, state plan.State, o PushOptions) (plan.State, error) {
	if !o.Referrers {
		return state, nil
	}
	state, err := resolve.Referrers(ctx, session, s, state)
	state.HiddenReferrers = slices.DeleteFunc(state.HiddenReferrers, func(h plan.HiddenReferrers) bool {
		again := r.hiding[h.Place] && !o.Strict
		r.hiding[h.Place] = true
		return again
	})
	return state, err
}

// await waits for images that do not exist yet, with --wait.
func (r *Runner) await(ctx context.Context, session registry.Session, s spec.Spec, o PushOptions) error {
	if o.Wait == 0 {
		return nil
	}
	return resolve.Await(ctx, session, s, resolve.AwaitOptions{For: o.Wait, Plan: o.planOptions(), Waiting: func(source spec.Reference) {
		r.out.Warnf("waiting up to %s for %s, which does not exist yet", o.Wait, source)
	}})
}
