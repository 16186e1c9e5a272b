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

// inspectAsDocker prints what is under a name, as docker manifest inspect prints it.
func (r *Runner) inspectAsDocker(ctx context.Context, repository registry.Repository, v view) error {
	m, err := repository.Manifest(ctx, registry.RefOf(v.ref))
	switch {
	case err != nil:
	case !v.Verbose:
		return r.out.PrintDockerManifest(m)
	case m.MediaType.IsIndex():
		var children []resolve.Child
		if children, err = resolve.Children(ctx, repository, m); err == nil {
			return r.out.PrintDockerImages(dockerImages(v.ref, children))
		}
	default:
		var platform v1.Platform
		if platform, err = configPlatform(ctx, repository, m); err == nil {
			return r.out.PrintDockerImage(output.NewDockerImage(v.ref.String(), m, platform))
		}
	}
	return &registry.OpError{Op: "inspect", Ref: v.ref.String(), Err: err}
}

func dockerImages(ref spec.Reference, children []resolve.Child) []output.DockerImage {
	images := make([]output.DockerImage, len(children))
	for i, c := range children {
		var platform v1.Platform
		if c.Listed.Platform != nil {
			platform = *c.Listed.Platform
		}
		ref.Digest = c.Listed.Digest
		images[i] = output.NewDockerImage(ref.String(), c.Manifest, platform)
	}
	return images
}

// configPlatform is the platform that the config of an image names.
func configPlatform(ctx context.Context, repository registry.Repository, m registry.Manifest) (v1.Platform, error) {
	doc, err := registry.ParseDocument(m)
	if err != nil || doc.Config == nil {
		return v1.Platform{}, err
	}
	config, err := registry.ReadConfig(ctx, repository, *doc.Config)
	return config.Platform, err
}

// inspectDraftAsDocker prints the index that a draft makes, or with --verbose its images.
func (r *Runner) inspectDraftAsDocker(ctx context.Context, s spec.Spec, o InspectOptions) (err error) {
	session, err := r.open(ctx, o.GlobalOptions, placesOf(s).readOnly(), noMeter())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(session.advise(ctx, err), session.Close()) }()
	state, err := resolve.Push(ctx, session, s, plan.Options{})
	if err != nil {
		return err
	}
	if o.Verbose {
		images, err := draftImages(ctx, session, s, state)
		if err != nil {
			return err
		}
		return r.out.PrintDockerImages(images)
	}
	// annotate has not run yet, and can still correct this
	plans, notes, err := plan.Push(s, state, plan.Options{AllowMismatch: true, AllowSamePlatform: true})
	r.out.Warn(notes...)
	if err != nil {
		return err
	}
	return r.out.PrintDockerManifest(plans[0].Index)
}

// inspectMember prints what a draft holds for one of its members.
func (r *Runner) inspectMember(ctx context.Context, name string, o InspectOptions) (err error) {
	list, member, err := parseMember(name, o.Member)
	if err != nil {
		return err
	}
	folder, err := r.draftFolder(o.Drafts)
	if err != nil {
		return err
	}
	d, err := folder.Read(list, drafts.Unchecked)
	if err != nil {
		return err
	}
	s := d.Spec
	if s.Entries, err = s.EntriesFor(member); err != nil {
		return output.Usage(err)
	}
	session, err := r.open(ctx, o.GlobalOptions, placesOf(s).readOnly(), noMeter())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(session.advise(ctx, err), session.Close()) }()
	s.Targets = nil
	state, err := resolve.Push(ctx, session, s, plan.Options{})
	if err != nil {
		return err
	}
	images, err := draftImages(ctx, session, s, state)
	if err != nil {
		return err
	}
	return r.out.PrintDockerMember(images, o.Verbose)
}

// draftImages reads the images of a draft. Each has the platform that the draft gives it.
func draftImages(ctx context.Context, session registry.Session, s spec.Spec, state plan.State) ([]output.DockerImage, error) {
	var images []output.DockerImage
	for i, e := range s.Entries {
		found := state.Entries[i]
		if found.Missing != nil {
			return nil, found.Missing
		}
		for _, node := range found.Nodes {
			if node.IsAttached() {
				continue
			}
			repository, err := session.Open(ctx, node.Place)
			if err != nil {
				return nil, err
			}
			m, err := repository.Manifest(ctx, registry.Ref{Digest: node.Descriptor.Digest})
			if err != nil {
				return nil, &registry.OpError{Op: "inspect", Ref: e.Source.String(), Err: err}
			}
			ref := e.Source.Unpinned()
			if m.Digest != e.Source.Digest {
				ref.Digest = m.Digest
			}
			images = append(images, output.NewDockerImage(ref.String(), m, plan.PlatformOf(e, node)))
		}
	}
	return images, nil
}
