package run

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run/drafts"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Inspect prints the image or index under a name. If the registry has none, it prints the draft of that name.
func (r *Runner) Inspect(ctx context.Context, name string, o InspectOptions) error {
	ref, err := spec.ParseReference(name)
	if err != nil {
		return output.Usage(err)
	}
	if o.Member != "" {
		return r.inspectMember(ctx, name, o)
	}
	if o.Draft {
		return r.inspectDraft(ctx, name, o)
	}
	v := view{name: name, ref: ref.WithDefaultTag(), InspectOptions: o}
	if v.only, err = checkedPlatform(o.Platform); err != nil {
		return output.Usage(err)
	}
	session, err := r.open(ctx, o.GlobalOptions, places{sources: []spec.Place{ref.Place}}, noMeter())
	if err != nil {
		return err
	}
	err = r.inspectImage(ctx, session, v)
	if errors.Is(err, registry.ErrNotFound) && (o.IsPlain() || o.AsDocker) && r.HasDraft(name, o.Drafts) {
		r.out.Warnf("%s is not on the registry: showing its draft, which has not been pushed yet", v.ref)
		err = r.inspectDraft(ctx, name, o)
	}
	err = session.advise(ctx, err)
	return errors.Join(err, session.Close())
}

// checkedPlatform parses a platform, if there is one.
func checkedPlatform(text string) (v1.Platform, error) {
	if text == "" {
		return v1.Platform{}, nil
	}
	platform, err := spec.ParsePlatform(text)
	if err == nil {
		err = spec.CheckPlatform(spec.Normalise(platform))
	}
	return platform, err
}

// A view is the part of an image that the user wants to see.
type view struct {
	name string
	ref  spec.Reference
	only v1.Platform // with --platform
	InspectOptions
}

func (r *Runner) inspectImage(ctx context.Context, session registry.Session, v view) error {
	repository, err := session.Open(ctx, v.ref.Place)
	if err != nil {
		return err
	}
	if v.AsDocker {
		return r.inspectAsDocker(ctx, repository, v)
	}
	if v.Platform == "" && (v.Format == "raw" || v.Format == "digest") {
		m, err := repository.Manifest(ctx, registry.RefOf(v.ref))
		if err != nil {
			return &registry.OpError{Op: "inspect", Ref: v.ref.String(), Err: err}
		}
		return r.printManifest(v, m)
	}
	found, err := inspect(ctx, repository, v)
	if err != nil {
		return err
	}
	r.out.WarnOfFlaws(found)
	r.out.NameOthers(found)
	return errors.Join(r.printInspection(ctx, repository, v, found), output.FlawsOf(found))
}

// printInspection prints what was found in the form that the user wants.
func (r *Runner) printInspection(ctx context.Context, repository registry.Repository, v view, found plan.Inspection) error {
	switch {
	case v.Raw:
		return r.inspectRaw(ctx, repository, v, found.Reference)
	case v.Format == "raw", v.Format == "digest":
		return r.printManifest(v, found.Manifest)
	case v.Format == "json":
		return r.out.PrintInspectionJSON(found)
	}
	return r.out.PrintInspection(v.name, found)
}

// printManifest prints the bytes of a manifest, or with --format digest a line with the digest.
func (r *Runner) printManifest(v view, m registry.Manifest) error {
	if v.Format == "digest" {
		return r.out.WriteResult([]byte(m.Digest.String() + "\n"))
	}
	return r.out.WriteResult(m.Bytes)
}

// inspect reads an image, or with --platform the image for it and no other.
func inspect(ctx context.Context, repository registry.Repository, v view) (plan.Inspection, error) {
	if v.Platform != "" {
		return resolve.InspectPlatform(ctx, repository, v.ref, v.only, v.Config)
	}
	return resolve.Inspect(ctx, repository, v.ref, v.Config)
}

// inspectDraft prints a draft: its entries, its file with --format raw, or docker's JSON.
func (r *Runner) inspectDraft(ctx context.Context, name string, o InspectOptions) error {
	d, err := r.readDraft(name, o.Drafts, drafts.Unchecked)
	if err != nil {
		return err
	}
	switch {
	case o.AsDocker:
		return r.inspectDraftAsDocker(ctx, d.Spec, o)
	case o.Format == "raw":
		return r.out.WriteResult(d.Raw)
	}
	return r.out.PrintDraft(d.Spec)
}
