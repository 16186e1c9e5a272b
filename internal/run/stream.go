package run

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A stream is the specs on stdin, which are pushed as they come. Only the first of them is read before the run begins.
type stream struct {
	*Runner
	in     *stdinReader
	specs  *spec.Stream
	ledger spec.Ledger
	done   map[string]bool // see doneBefore
	plans  func(number int, s spec.Spec) decision
}

// A stdinReader reads stdin until a context ends. The context may be replaced between reads.
type stdinReader struct {
	ctx context.Context
	in  io.Reader
}

func (s *stdinReader) Read(p []byte) (int, error) {
	return contextio.NewReader(s.ctx, s.in).Read(p)
}

// canStream reports whether the options allow to push specs as they come. A dry run and one object of JSON are about all
// specs, and the shard of a spec depends on the others.
func (o PushOptions) canStream() bool {
	return !o.DryRun && o.Shard == "" && (o.Lines || !o.AsJSON)
}

// pushFromStdin pushes the specs on stdin. If these are JSON objects, and the options allow it, they are pushed as they
// come. One spec alone is a push of its own, unless an option asks for the results of many.
func (r *Runner) pushFromStdin(ctx context.Context, isTemplate bool, o PushOptions) error {
	if o.PasswordStdin {
		return output.Usagef("the spec and the password cannot both come from stdin")
	}
	stdin := &stdinReader{ctx, r.Stdin}
	in := bufio.NewReaderSize(stdin, 64<<10)
	if isTemplate || !o.canStream() || !spec.IsObject(in) {
		original := r.Stdin
		r.Stdin = in
		specs, closeFiles, err := r.loadSpecs(ctx, []string{"-"}, isTemplate, o)
		r.Stdin = original // a terminal may ask for a password
		defer closeFiles()
		if err != nil {
			return err
		}
		return r.pushLoaded(ctx, specs, false, o)
	}
	s := &stream{Runner: r, in: stdin, specs: spec.NewStream("stdin", in, o.Spec)}
	s.plans = func(number int, of spec.Spec) decision {
		o := o
		o.brief = number >= maxRead && !o.Strict
		return r.pushPlans(of, o)
	}
	first, err := s.first()
	switch {
	case err != nil:
		return err
	case !o.isForMany() && !s.specs.HasMore():
		return r.push(ctx, first.Spec, o)
	}
	o.Files.FailedSeparator = "---\n"
	return s.push(ctx, first, o)
}

// first reads the first spec. It has to be sound, because it names the registry that a login without a host is for.
func (s *stream) first() (spec.Streamed, error) {
	first, err := s.specs.Next()
	s.out.Warn(first.Notes...)
	if err == nil {
		err = first.Err
	}
	return first, err
}

// push pushes all specs.
func (s *stream) push(ctx context.Context, first spec.Streamed, o PushOptions) (err error) {
	if o.Files.IsForOne() {
		return output.Usagef("stdin has many images, and a file has room for one digest: use --output jsonl")
	}
	if s.done, err = s.doneBefore(ctx, o); err != nil {
		return err
	}
	s.ledger.NameOf = s.specs.NameOf
	named := placesOf(first.Spec)
	named.more = true
	return s.carryOut(ctx, job{
		places: named, several: true, isStream: true, nameOf: s.ledger.Name,
		images: func(ctx context.Context, session *session) (found, error) {
			s.in.ctx = ctx
			return found{lanes: []iter.Seq[image]{s.images(ctx, session, first)}}, nil
		},
	}, o)
}

// images are the images of the specs. A failure to read is the failure of the last image.
func (s *stream) images(ctx context.Context, session *session, first spec.Streamed) iter.Seq[image] {
	return func(yield func(image) bool) {
		next := first
		for number := 0; ; number++ {
			if !yield(s.image(ctx, session, number, next)) {
				return
			}
			var err error
			switch next, err = s.specs.Next(); {
			case errors.Is(err, io.EOF), ctx.Err() != nil:
				return
			case err != nil:
				yield(image{at: number + 1, number: number + 1, name: "stdin", err: err})
				return
			}
			s.out.Warn(next.Notes...)
		}
	}
}

func (s *stream) image(ctx context.Context, session *session, number int, next spec.Streamed) image {
	after, err := s.ledger.Add(next)
	if err == nil {
		err = session.add(ctx, placesOf(next.Spec))
	} else if next.Err == nil {
		err = output.Usage(err)
	}
	return image{
		at: number, number: number, name: s.specs.NameOf(next.Line), after: after, raw: next.Raw, err: err,
		done:   s.done != nil && s.done[registry.DigestOf(next.Raw).String()],
		decide: s.plans(number, next.Spec),
		names:  func() []string { return textsOf(next.Spec.Names()) },
	}
}
