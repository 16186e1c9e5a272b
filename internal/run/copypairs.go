package run

import (
	"context"
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// CopyPairs copies the images that the lines of a file name, or of stdin for -, many at a time.
func (r *Runner) CopyPairs(ctx context.Context, file string, o CopyOptions) error {
	if file == "-" && o.PasswordStdin {
		return output.Usagef("the copies and the password cannot both come from stdin")
	}
	o.brief = !o.Strict && o.PlanFile == "" // a plan file says what the tags lose
	if file == "-" && o.canStream() {
		return r.streamPairs(ctx, o)
	}
	name, in, err := r.openSpecFile(ctx, file, o.PushOptions)
	if err != nil {
		return err
	}
	defer in.Close()
	pairs, notes, err := spec.LoadPairs(name, in, readAgain(in), o.Spec)
	r.out.Warn(notes...)
	if err != nil {
		return err
	}
	return r.pushMany(ctx, pairs, func(s spec.Spec) decision { return r.copyPairPlans(s, o) }, o.PushOptions)
}

// streamPairs copies the images that the lines of stdin name, as they come.
func (r *Runner) streamPairs(ctx context.Context, o CopyOptions) error {
	in := &stdinReader{ctx, r.Stdin}
	s := &stream{Runner: r, in: in, specs: spec.NewPairStream("stdin", in, o.Spec)}
	s.plans = func(_ int, of spec.Spec) decision { return r.copyPairPlans(of, o) }
	first, err := s.first()
	switch {
	case errors.Is(err, io.EOF):
		return output.Usagef("stdin names no copy: write a SOURCE and a TARGET in a line")
	case err != nil:
		return err
	}
	return s.push(ctx, first, o.PushOptions)
}

// copyPairPlans is copyPlans for one of many copies. It reads the digest of the source first: if the tags of the targets
// hold that digest already, nothing else is read.
func (r *Runner) copyPairPlans(s spec.Spec, o CopyOptions) decision {
	if !o.skipsUnchanged() || !s.PlatformTags.IsZero() {
		return r.copyPlans(s, o)
	}
	return func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		source := s.Entries[0].Source
		repository, err := session.Open(ctx, source.Place)
		if err != nil {
			return nil, nil, registry.WrapOp("open", source.Place, err)
		}
		described, err := repository.Describe(ctx, registry.RefOf(source))
		o := o
		if err == nil {
			source.Digest, o.source = described.Digest, &v1.Descriptor{MediaType: described.MediaType, Digest: described.Digest, Size: described.Size}
		}
		pinned := s
		pinned.Entries = []spec.Entry{{Source: source}}
		return r.copyPlans(pinned, o)(ctx, session) // which says what is wrong with a source that cannot be described
	}
}
