package run

import (
	"context"

	"github.com/manifest-tool/manifest-tool/spec"
)

// InitOptions are the options of InitSpec.
type InitOptions struct {
	GlobalOptions
	Target string // the name that the spec pushes to; empty for the name of the source
	File   string // where the spec goes; empty for stdout
	Force  bool   // replace the file
}

// InitSpec writes a spec of an image.
func (r *Runner) InitSpec(ctx context.Context, name string, o InitOptions) error {
	target := name
	if o.Target != "" {
		target = o.Target
	}
	s, notes, err := spec.FromMembers(target, []string{name}, spec.Options{})
	r.out.Warn(notes...)
	if err != nil {
		return err
	}
	s, err = r.pin(ctx, s, PushOptions{GlobalOptions: o.GlobalOptions})
	if err != nil {
		return err
	}
	text, err := s.Write("made by manifest-tool spec init")
	if err != nil {
		return err
	}
	return r.out.WriteResult(text)
}
