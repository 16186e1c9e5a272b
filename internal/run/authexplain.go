package run

import (
	"context"
	"errors"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// AuthExplain prints which credential is used for an image, and what it opens.
func (r *Runner) AuthExplain(ctx context.Context, image string, asJSON bool, o GlobalOptions) (err error) {
	ref, err := spec.ParseReference(image)
	if err != nil {
		return output.Usage(err)
	}
	if ref.Place.Kind != spec.Registry {
		return output.Usagef("%s is not on a registry, so it needs no login", ref)
	}
	ref = ref.WithDefaultTag()
	session, err := r.open(ctx, o, places{sources: []spec.Place{ref.Place}}, noMeter())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	found, err := session.keychain.Credential(ctx, ref.Place.Repository)
	if err != nil {
		return err
	}
	if found.Source.Exposed {
		r.warnOfExposed(found.Source)
	}
	report := output.NewAuthReport(ref, found)
	e, err := session.remote.Examine(ctx, ref.Place.Repository, registry.RefOf(ref))
	if err == nil {
		report.AddExamination(e, ref.Place.Repository)
		if errors.Is(e.Read, registry.ErrDenied) {
			err = e.Read
		}
	}
	if err != nil {
		err = &registry.OpError{Op: "examine", Ref: ref.String(), Err: err}
	}
	if asJSON {
		return errors.Join(err, r.out.WriteJSON(report))
	}
	return errors.Join(err, r.out.PrintAuthReport(report))
}
