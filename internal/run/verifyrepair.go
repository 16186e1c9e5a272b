package run

import (
	"context"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

// repairPlaces are the places of --repair-from. An archive that is verified cannot be repaired, because archives are
// written as a whole.
func repairPlaces(subjects []subject, o VerifyOptions) ([]spec.Place, error) {
	var from []spec.Place
	for _, word := range o.RepairFrom {
		ref, err := spec.ParseReference(word)
		if err != nil {
			return nil, output.Usagef("--repair-from: %v", err)
		}
		from = append(from, ref.Place)
	}
	for _, s := range subjects {
		places := []spec.Place{s.Image.Place}
		if s.spec != nil {
			places = placesOf(*s.spec).targets
		}
		for _, place := range places {
			if len(from) > 0 && place.Kind.IsArchive() {
				return nil, output.Usagef("--repair-from cannot write into %s: copy the archive to an OCI layout or a registry, and repair the copy", place)
			}
		}
	}
	return from, nil
}

// repair brings back what an image lacks, and verifies the image again.
func (v *verifier) repair(ctx context.Context, before verify.Result, c verify.Contents, o verify.Options) verify.Result {
	lacks := verify.Lacking(c)
	if lacks.IsEmpty() {
		return before
	}
	repair := &verify.Repair{Before: before.Findings}
	found, err := resolve.Elsewhere(ctx, v.session, c.Reference.Place, lacks, v.from)
	repair.NotFound = found.NotFound
	if err == nil && len(found.Brings()) > 0 {
		err = push.Restore(ctx, v.session, found, push.Options{Watch: v.meter.Watch(), Warn: func(text string) { v.out.Warn(text) }})
		if err == nil {
			repair.Brought = found.Brings()
		}
	}
	if repair.Err = err; err != nil {
		before.Repair = repair
		return before
	}
	v.refresh()
	ref := c.Reference
	ref.Digest = c.Root // a tag that moves during the repair is another image
	again, err := v.reader.Contents(ctx, ref)
	if err != nil {
		before.Repair, before.Err = repair, err
		return before
	}
	after := verify.NewResult(before.Subject, again, o)
	after.Repair = repair
	return after
}
