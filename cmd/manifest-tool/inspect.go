package main

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// inspect prints what is under a name. If there is nothing on the registry, it prints the draft of that name.
func (r *runner) inspect(ctx context.Context, name string, o inspectOptions) error {
	ref, err := spec.ParseReference(name)
	if err != nil {
		return usage(err)
	}
	if o.draft {
		return r.inspectDraft(ctx, name, o)
	}
	v := view{name: name, ref: ref.WithDefaultTag(), inspectOptions: o}
	if v.only, err = checkedPlatform(o.platform); err != nil {
		return usage(err)
	}
	session, err := r.open(ctx, o.globalOptions, places{sources: []spec.Place{ref.Place}}, noMeter())
	if err != nil {
		return err
	}
	err = r.inspectImage(ctx, session, v)
	if errors.Is(err, registry.ErrNotFound) && (o.isPlain() || o.asDocker) && r.hasDraft(name, o.drafts) {
		r.out.warnf("%s is not on the registry; this is the draft of it, which is not pushed yet", v.ref)
		err = r.inspectDraft(ctx, name, o)
	}
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

// A view is what the user wants to see of an image.
type view struct {
	name string
	ref  spec.Reference
	only v1.Platform // with --platform
	inspectOptions
}

func (r *runner) inspectImage(ctx context.Context, session registry.Session, v view) error {
	repository, err := session.Open(ctx, v.ref.Place)
	if err != nil {
		return err
	}
	if v.format == "raw" && v.platform == "" {
		m, err := repository.Manifest(ctx, registry.RefOf(v.ref))
		if err != nil {
			return &registry.OpError{Op: "inspect", Ref: v.ref.String(), Err: err}
		}
		return r.out.writeResult(m.Bytes)
	}
	found, err := registry.Inspect(ctx, repository, v.ref, v.config)
	if err == nil && v.platform != "" {
		found, err = found.Select(ctx, repository, v.only, v.config)
	}
	if err != nil {
		return err
	}
	r.out.warnOfFlaws(found)
	switch {
	case v.raw:
		return r.inspectRaw(ctx, repository, v, found.Reference)
	case v.format == "raw":
		return r.out.writeResult(found.Manifest.Bytes)
	case v.format == "json":
		return r.out.printInspectionJSON(found)
	}
	return r.out.printInspection(v.name, found)
}

// inspectDraft prints a draft: its entries, its file with --format raw, or for docker's words the index that it makes.
func (r *runner) inspectDraft(ctx context.Context, name string, o inspectOptions) error {
	ref, err := parseList(name)
	if err != nil {
		return err
	}
	folder, err := r.draftFolder(o.drafts)
	if err != nil {
		return err
	}
	d, err := folder.read(ref, unchecked)
	if err != nil {
		return err
	}
	switch {
	case o.asDocker:
		return r.push(ctx, d.Spec, pushOptions{globalOptions: o.globalOptions, dryRun: true, progress: "none"})
	case o.format == "raw":
		return r.out.writeResult(d.raw)
	}
	return r.out.printDraft(d.Spec)
}
