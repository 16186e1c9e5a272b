package run

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/internal/run/drafts"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// Inspect prints the images or indexes under some names. It reads them at the same time, and prints them in order. If the
// registry has none, it prints the draft of that name. A failure does not hide the other images.
func (r *Runner) Inspect(ctx context.Context, names []string, o InspectOptions) error {
	views, places, err := viewsOf(names, o)
	switch {
	case err != nil:
		return output.Usage(err)
	case o.Member != "":
		return r.inspectMember(ctx, names[0], o)
	case o.Draft:
		return r.eachView(views, func(v *view) error { return r.inspectDraft(ctx, v.name, o) })
	}
	session, err := r.open(ctx, o.GlobalOptions, places, noMeter())
	if err != nil {
		return err
	}
	parallel.Each(ctx, len(views), func(ctx context.Context, i int) error {
		views[i].print, views[i].err = r.look(ctx, session, views[i])
		return nil
	})
	err = r.eachView(views, func(v *view) error { return session.advise(ctx, r.show(ctx, v)) })
	return errors.Join(err, session.Close())
}

// viewsOf parses the names, and what the options say about the images.
func viewsOf(names []string, o InspectOptions) (views []view, named places, err error) {
	printed := map[v1.Hash]bool{}
	for _, name := range names {
		ref, err := spec.ParseReference(name)
		if err != nil {
			return nil, named, err
		}
		v := view{name: name, ref: ref.WithDefaultTag(), InspectOptions: o, printed: printed}
		if v.only, err = checkedPlatform(o.Platform); err != nil {
			return nil, named, err
		}
		if v.node, err = checkedPlatform(o.For); err != nil {
			return nil, named, err
		}
		v.node = platforms.Normalise(v.node)
		views = append(views, v)
		if !slices.Contains(named.sources, ref.Place) {
			named.sources = append(named.sources, ref.Place)
		}
	}
	return views, named, nil
}

// eachView prints one image after the other, and joins the failures.
func (r *Runner) eachView(views []view, print func(*view) error) error {
	var errs []error
	for i := range views {
		if i > 0 && views[i].isForPeople() {
			if err := r.out.WriteResult([]byte("\n")); err != nil {
				return err
			}
		}
		if err := print(&views[i]); err != nil {
			errs = append(errs, err)
		}
	}
	return output.InspectErrors(errs, len(views))
}

// show prints what was read, or the draft of an image that the registry does not have.
func (r *Runner) show(ctx context.Context, v *view) error {
	err := v.err
	if err == nil {
		err = v.print(ctx)
	}
	if errors.Is(err, registry.ErrNotFound) && (v.IsPlain() || v.AsDocker) && r.HasDraft(v.name, v.Drafts) {
		r.out.Warnf("%s is not on the registry: showing its draft, which has not been pushed yet", v.ref)
		return r.inspectDraft(ctx, v.name, v.InspectOptions)
	}
	return err
}

// checkedPlatform parses a platform, if there is one.
func checkedPlatform(text string) (v1.Platform, error) {
	if text == "" {
		return v1.Platform{}, nil
	}
	platform, err := platforms.Parse(text)
	if err == nil {
		err = platforms.Check(platforms.Normalise(platform))
	}
	return platform, err
}

// shown prints what was read, when it is the turn of the image.
type shown func(context.Context) error

// A view is the part of an image that the user wants to see.
type view struct {
	name string
	ref  spec.Reference
	only v1.Platform // with --platform
	node v1.Platform // with --for
	InspectOptions

	printed map[v1.Hash]bool // the digests that --digests has printed, of all images

	print shown // prints what was read
	err   error // of the reads
}

// isForPeople reports whether a blank line separates several images.
func (v view) isForPeople() bool {
	return v.Format == "text" && !v.Raw && !v.Digests || v.Format == "table" || v.Format == "tree"
}

// look reads what a view shows. It returns the function that prints this.
func (r *Runner) look(ctx context.Context, session registry.Session, v view) (print shown, err error) {
	repository, err := session.Open(ctx, v.ref.Place)
	switch {
	case err != nil:
		return nil, err
	case v.AsDocker:
		return func(ctx context.Context) error { return r.inspectAsDocker(ctx, repository, v) }, nil
	case v.For != "":
		return r.lookFor(ctx, repository, v)
	}
	return r.lookAt(ctx, repository, v)
}

// lookFor finds what containerd takes on a node. Text and JSON say why; the other forms show the image.
func (r *Runner) lookFor(ctx context.Context, repository registry.Repository, v view) (shown, error) {
	choice, err := resolve.Choose(ctx, repository, v.ref, v.node)
	if err != nil {
		return nil, err
	}
	var print shown // in the form that was asked for
	switch {
	case v.Format == "text":
		print = func(context.Context) error { return r.out.PrintNodeChoice(v.name, choice) }
	case v.Format == "json":
		print = func(context.Context) error { return r.out.PrintNodeChoiceJSON(choice) }
	case !choice.IsFound():
		return nil, output.NoneFor(choice)
	default:
		v.ref = spec.Reference{Place: v.ref.Place, Digest: choice.Chosen.Digest}
		if print, err = r.lookAt(ctx, repository, v); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) error {
		r.out.WarnOfNode(choice)
		return errors.Join(print(ctx), output.NoneFor(choice))
	}, nil
}

// lookAt reads the whole image, or with --platform one image of an index.
func (r *Runner) lookAt(ctx context.Context, repository registry.Repository, v view) (print shown, err error) {
	if v.Platform == "" && (v.Format == "raw" || v.Format == "digest") {
		m, err := repository.Manifest(ctx, registry.RefOf(v.ref))
		if err != nil {
			return nil, registry.WrapOp("inspect", v.ref, err)
		}
		return func(context.Context) error { return r.printManifest(v, m) }, nil
	}
	found, err := inspect(ctx, repository, v)
	var broken error // referrers that are not what the registry says: the image is shown without them
	if err == nil && v.Referrers {
		err = resolve.AddReferrers(ctx, repository, &found)
		if errors.Is(err, registry.ErrUnverified) && !v.Digests { // a list of what a clean-up keeps has to be whole
			broken, err = err, nil
		}
	}
	if err == nil && v.Statements {
		err = resolve.AddStatements(ctx, repository, &found)
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		r.out.WarnOfFlaws(found)
		r.out.WarnOfReferrers(found)
		r.out.NameOthers(found)
		return errors.Join(r.printInspection(ctx, repository, v, found), output.FlawsOf(found), broken)
	}, nil
}

// printInspection prints what was found in the form that the user wants.
func (r *Runner) printInspection(ctx context.Context, repository registry.Repository, v view, found plan.Inspection) error {
	switch {
	case v.Digests:
		return r.out.PrintDigests(notPrinted(found.Digests(v.Blobs), v.printed))
	case v.Raw:
		return r.inspectRaw(ctx, repository, v, found.Reference)
	}
	switch v.Format {
	case "raw", "digest":
		return r.printManifest(v, found.Manifest)
	case "json":
		return r.out.PrintInspectionJSON(found, v.Config)
	case "config":
		return r.out.PrintConfig(found)
	case "labels":
		return r.out.PrintLabels(found)
	case "table":
		return r.out.PrintTable(found)
	case "tree":
		return r.out.PrintTree(v.name, found)
	case "template":
		return r.out.PrintTemplate(ctx, v.Template, v.name, found)
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
func inspect(ctx context.Context, repository registry.Repository, v view) (found plan.Inspection, err error) {
	configs := v.needsConfigs()
	switch {
	case v.Platform != "":
		found, err = resolve.InspectPlatform(ctx, repository, v.ref, v.only, configs)
	case v.Digests && !v.Blobs:
		return resolve.Listed(ctx, repository, v.ref)
	default:
		found, err = resolve.Inspect(ctx, repository, v.ref, configs)
	}
	if err == nil && (v.Format == "tree" || v.Digests) {
		err = resolve.Nest(ctx, repository, &found)
	}
	return found, err
}

// needsConfigs reports whether the configs of all images are shown. That of a single image is read in any case.
func (v view) needsConfigs() bool {
	return v.Config || v.Format == "config" || v.Format == "labels" || v.Template != nil && v.Template.NeedsConfigs()
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

// notPrinted leaves the digests that no earlier image of the run has printed.
func notPrinted(digests []v1.Hash, printed map[v1.Hash]bool) []v1.Hash {
	return slices.DeleteFunc(digests, func(digest v1.Hash) bool {
		again := printed[digest]
		printed[digest] = true
		return again
	})
}
