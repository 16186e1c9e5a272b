package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run/drafts"
	"github.com/manifest-tool/manifest-tool/spec"
)

// InitSpecFromDraft writes a draft as a spec: a draft of manifest-tool, or else one of docker manifest. It reads no
// registry.
func (r *Runner) InitSpecFromDraft(ctx context.Context, name string, o InitOptions) error {
	return r.initialise(ctx, o, func() ([]draftSpec, error) {
		s, from, err := r.draftNamed(name, o)
		if err != nil {
			return nil, err
		}
		if o.Target != "" {
			if s, err = withTarget(s, o.Target); err != nil {
				return nil, err
			}
		}
		d := draftSpec{Spec: s}
		d.comments.Head = madeOf(from, howNamed(s, false))
		return []draftSpec{d}, nil
	})
}

// draftNamed reads a draft, and says where it is from.
func (r *Runner) draftNamed(name string, o InitOptions) (s spec.Spec, from string, err error) {
	d, err := r.readDraft(name, o.Drafts, drafts.Unchecked)
	if missing := (output.NoDraftError{}); !errors.As(err, &missing) {
		return d.Spec, fmt.Sprintf("the draft of %s", name), err
	}
	ref, refErr := drafts.ParseList(name)
	if refErr != nil {
		return s, "", refErr
	}
	files, folder, dockerErr := drafts.ReadDocker(ref, r.Getenv)
	switch {
	case errors.Is(dockerErr, fs.ErrNotExist):
		return s, "", err
	case dockerErr != nil:
		return s, "", dockerErr
	}
	s, err = spec.FromDockerDraft(ref.String(), files)
	if err != nil {
		err = output.Usagef("%s: %v", folder, err)
	}
	return s, fmt.Sprintf("the draft of docker manifest for %s", ref), err
}

// withTarget is a spec with another target.
func withTarget(s spec.Spec, target string) (spec.Spec, error) {
	named, _, err := spec.FromMembers(target, nil, spec.Options{})
	s.Targets = named.Targets
	return s, err
}

// InitSpecFromBake writes specs of targets of docker buildx bake. It reads no registry.
func (r *Runner) InitSpecFromBake(ctx context.Context, path string, o InitOptions) error {
	return r.initialise(ctx, o, func() (specs []draftSpec, err error) {
		name, raw, err := r.readBake(ctx, path)
		if err != nil {
			return nil, err
		}
		baked, notes, err := spec.FromBake(raw, o.Target)
		r.out.Warn(notes...)
		if err != nil {
			return nil, output.Usagef("%s: %v", name, err)
		}
		for _, b := range baked {
			d := draftSpec{Spec: b.Spec}
			what := "the build metadata in " + name
			if len(b.Built) > 0 {
				what = fmt.Sprintf("the bake targets %s in %s", strings.Join(b.Built, ", "), name)
			}
			d.comments.Head = madeOf(what, howNamed(b.Spec, false))
			d.comments.Entries = b.Platforms
			specs = append(specs, d)
		}
		return specs, nil
	})
}

// maxBake is the largest file of bake that is read: metadata has the provenance of all builds.
const maxBake = 16 << 20

func (r *Runner) readBake(ctx context.Context, path string) (name string, raw []byte, err error) {
	name = path
	in := io.Reader(contextio.NewReader(ctx, r.Stdin))
	if path == "-" {
		name = "stdin"
	} else {
		f, err := contextio.Open(ctx, path, os.O_RDONLY)
		if err != nil {
			return name, nil, output.Usagef("--from-bake: %v", err)
		}
		defer f.Close()
		in = contextio.NewReader(ctx, f)
	}
	raw, err = io.ReadAll(io.LimitReader(in, maxBake+1))
	switch {
	case err != nil:
		return name, nil, output.Usagef("--from-bake %s: %v", name, err)
	case len(raw) > maxBake:
		return name, nil, output.Usagef("--from-bake %s: the file is larger than the limit of %d MiB", name, maxBake>>20)
	}
	return name, raw, nil
}
