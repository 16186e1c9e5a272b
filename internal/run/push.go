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

// loadSpec reads the spec in a file, or in stdin for -.
func (r *Runner) loadSpec(ctx context.Context, file string, isTemplate bool, o PushOptions) (spec.Spec, error) {
	name, in, err := r.openSpec(ctx, file, isTemplate, o)
	if err != nil {
		return spec.Spec{}, err
	}
	defer in.Close()
	return r.parseSpec(name, in, o)
}

// openSpec opens the file of a spec, or stdin for -. A template of Drone's plugin is rendered.
func (r *Runner) openSpec(ctx context.Context, file string, isTemplate bool, o PushOptions) (name string, spec io.ReadCloser, err error) {
	if name, spec, err = r.openSpecFile(ctx, file, o); err != nil || !isTemplate && !strings.HasSuffix(file, ".tmpl") {
		return name, spec, err
	}
	defer spec.Close()
	raw, err := io.ReadAll(io.LimitReader(spec, drone.MaxTemplate+1))
	if err != nil {
		return name, nil, readError(name, err)
	}
	if isTemplate || bytes.Contains(raw, []byte("{{#")) {
		lookup := r.Lookup
		if o.lookup != nil {
			lookup = o.lookup
		}
		name, raw, err = renderSpec(name, raw, lookup)
	}
	return name, io.NopCloser(bytes.NewReader(raw)), err
}

func readError(name string, err error) error { return &spec.ReadError{File: name, Err: err} }

func (r *Runner) openSpecFile(ctx context.Context, file string, o PushOptions) (string, io.ReadCloser, error) {
	if file == "-" && o.PasswordStdin {
		return "", nil, output.Usagef("the spec and the password cannot both come from stdin")
	}
	if file == "-" {
		return "stdin", io.NopCloser(contextio.NewReader(ctx, r.Stdin)), nil
	}
	f, err := contextio.Open(ctx, file, os.O_RDONLY)
	switch {
	case ctx.Err() != nil:
		return "", nil, ctx.Err()
	case err != nil:
		return "", nil, output.Usagef("cannot read the spec: %v", err)
	}
	return file, fileReader{contextio.NewReader(ctx, f), f}, nil
}

// A fileReader reads a file until a context ends.
type fileReader struct {
	io.Reader
	*os.File
}

func (f fileReader) Read(p []byte) (int, error) { return f.Reader.Read(p) }

// minAgain is the size from which a file of specs is read again, and not kept in memory.
const minAgain = 1 << 20

// readAgain returns how to read a large file again, or nil for a small file and for what can be read only once.
func readAgain(in io.Reader) io.ReaderAt {
	f, ok := in.(fileReader)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() < minAgain {
		return nil
	}
	return f.File
}

// PushTemplate pushes a spec that is a template of Drone's plugin. The variables of Drone or Woodpecker fill it.
func (r *Runner) PushTemplate(ctx context.Context, name string, template []byte, o PushOptions) error {
	name, rendered, err := renderSpec(name, template, r.Lookup)
	if err != nil {
		return err
	}
	s, err := r.parseSpec(name, bytes.NewReader(rendered), o)
	if err != nil {
		return err
	}
	return r.push(ctx, s, o)
}

// renderedMark stands behind the name of a template: lines are those of the rendered text.
const renderedMark = " (rendered)"

func renderSpec(name string, template []byte, lookup func(string) (string, bool)) (string, []byte, error) {
	rendered, err := drone.Render(name, template, lookup)
	return name + renderedMark, rendered, err
}

// parseSpec parses a spec, and prints the warnings about it.
func (r *Runner) parseSpec(name string, in io.Reader, o PushOptions) (spec.Spec, error) {
	s, notes, err := spec.Load(name, in, o.Spec)
	r.out.Warn(notes...)
	return s, err
}

// PushFromArgs pushes what the arguments say.
func (r *Runner) PushFromArgs(ctx context.Context, args spec.Args, o PushOptions) error {
	if args.IsAuto() {
		return r.pushFoundTags(ctx, args, o)
	}
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
		if o.readsTagsFirst(s) {
			return r.tagsFirst(ctx, session, s, o)
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
		return attested(ctx, session, s, state, func(state plan.State) ([]plan.TargetPlan, []string, error) {
			return plan.Push(s, state, r.planOptions(o))
		})
	}
}

// readsTagsFirst reports whether an image needs no look at the target's manifests if the tags hold the right digest
// already: the run that moved them has brought the manifests.
func (o PushOptions) readsTagsFirst(s spec.Spec) bool {
	hasTags := !slices.ContainsFunc(s.Targets, func(t spec.Target) bool { return len(t.Tags) == 0 })
	return o.brief && hasTags && !o.Force && !o.Verify && !o.Referrers && !o.Attest && !s.KeepMissing && s.PlatformTags.IsZero()
}

// tagsFirst plans a push from the digests of the sources and of the tags. It reads which manifests the targets hold only
// if a tag moves.
func (r *Runner) tagsFirst(ctx context.Context, session registry.Session, s spec.Spec, o PushOptions) ([]plan.TargetPlan, []string, error) {
	options := o.planOptions()
	options.TagsFirst = true
	state, err := resolve.Push(ctx, session, s, options)
	if err != nil {
		return nil, nil, err
	}
	plans, notes, err := plan.Push(s, state.AllPresent(), options)
	moves := func(p plan.TargetPlan) bool { return p.Err != nil || p.ChangesTags() }
	if err != nil || !slices.ContainsFunc(plans, moves) {
		return plans, notes, err
	}
	if state, err = resolve.Present(ctx, session, s, state, options); err != nil {
		return nil, notes, err
	}
	return plan.Push(s, state, o.planOptions())
}

// nameDigests prints the digest that was found for each source with a tag. All later steps use the digest.
func (r *Runner) nameDigests(s spec.Spec, state plan.State) {
	for i, e := range s.Entries {
		if found := state.Entries[i]; e.Source.Digest == (v1.Hash{}) && found.Missing == nil && found.Digest != (v1.Hash{}) {
			r.out.Warnf("%s is a tag, which can move: this push uses %s", e.Source, found.Digest)
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
		_, again := r.hiding.LoadOrStore(h.Place, true)
		return again && !o.Strict
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
