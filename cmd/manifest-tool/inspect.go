package main

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

func (p *program) inspect(ctx context.Context, image string, o inspectOptions) (err error) {
	ref, err := spec.ParseReference(image)
	if err != nil {
		return usageError{err.Error()}
	}
	ref = ref.WithDefaultTag()
	if o.draft {
		return p.inspectDraft(ctx, image, o)
	}
	var platform v1.Platform
	if o.platform != "" {
		if platform, err = spec.ParsePlatform(o.platform); err != nil {
			return usageError{err.Error()}
		}
		if err := spec.CheckPlatform(spec.Normalise(platform)); err != nil {
			return usageError{err.Error()}
		}
	}
	session, err := p.open(ctx, o.globalOptions, []spec.Place{ref.Place}, 0, p.newProgress("none", false))
	if err != nil {
		return err
	}
	defer func() {
		if errors.Is(err, registry.ErrNotFound) && (o.isPlain() || o.asDocker) && p.hasDraft(image, o.drafts) {
			p.log.Warnf("%s is not on the registry; this is the draft of it, which is not pushed yet", ref)
			err = p.inspectDraft(ctx, image, o)
		}
		err = errors.Join(err, session.Close())
	}()
	repository, err := session.Open(ctx, ref.Place)
	if err != nil {
		return err
	}
	if o.format == "raw" && o.platform == "" {
		m, err := repository.Manifest(ctx, registry.RefOf(ref))
		if err != nil {
			return &registry.OpError{Op: "inspect", Ref: ref.String(), Err: err}
		}
		return p.write(m.Bytes)
	}
	found, err := resolve.Inspect(ctx, repository, ref, o.config)
	if err == nil && o.platform != "" {
		found, err = found.Select(ctx, repository, platform, o.config)
	}
	if err != nil {
		return err
	}
	for _, e := range found.Entries {
		switch {
		case e.Missing:
			p.log.Warnf("%s is listed, but is not in the repository", e.Descriptor.Digest)
		case e.Flaw != nil:
			p.log.Warnf("%s: %v", e.Descriptor.Digest, e.Flaw)
		}
	}
	switch {
	case o.raw:
		return p.printRaw(ctx, repository, image, found.Reference, o.expand)
	case o.format == "raw":
		return p.write(found.Manifest.Bytes)
	case o.format == "json":
		return p.writeJSON(inspectionOutput(found))
	}
	return p.printInspection(image, found)
}

// inspectDraft shows the draft of a name: what it holds, or its file, or as docker the index that it makes.
func (p *program) inspectDraft(ctx context.Context, name string, o inspectOptions) error {
	ref, err := parseList(name)
	if err != nil {
		return err
	}
	folder, err := p.draftFolder(o.drafts)
	if err != nil {
		return err
	}
	d, err := p.draft(folder, ref, asItIs)
	if err != nil {
		return err
	}
	switch {
	case o.asDocker:
		return p.push(ctx, d.Spec, pushOptions{globalOptions: o.globalOptions, dryRun: true, progress: "none"})
	case o.format == "raw":
		return p.write(d.raw)
	}
	return p.printDraft(d.Spec)
}
