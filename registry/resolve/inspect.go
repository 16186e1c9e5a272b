package resolve

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// Inspect reads the image or index under a reference, and the config of a single image. It reads the configs of an
// index's images only on request, or if the index does not name a platform. It also shows an index whose content is invalid.
func Inspect(ctx context.Context, repository registry.Repository, ref spec.Reference, withConfigs bool) (plan.Inspection, error) {
	result, err := inspect(ctx, repository, ref, withConfigs)
	return result, registry.WrapOp("inspect", ref, err)
}

func inspect(ctx context.Context, repository registry.Repository, ref spec.Reference, withConfigs bool) (plan.Inspection, error) {
	m, err := repository.Manifest(ctx, registry.RefOf(ref))
	if err != nil {
		return plan.Inspection{}, err
	}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return plan.Inspection{}, err
	}
	result := plan.Inspection{Reference: ref, Manifest: m, Annotations: doc.Annotations}
	if !m.MediaType.IsIndex() {
		result.Image, err = details(ctx, repository, doc, true, true) // one config is read in any case
		return result, err
	}
	x, err := index.Parse(m)
	switch {
	case err != nil:
		return plan.Inspection{}, err
	case len(x.Entries) > spec.MaxEntries:
		return plan.Inspection{}, registry.Errorf(registry.ErrUnverified, "the index has more than %d entries, which is the limit", spec.MaxEntries)
	}
	result.Entries = make([]plan.InspectedEntry, len(x.Entries))
	subjects := make([]v1.Hash, len(x.Entries))
	err = parallel.Each(ctx, len(x.Entries), func(ctx context.Context, i int) error {
		e := &result.Entries[i]
		e.Entry = x.Entries[i]
		subject, err := inspectEntry(ctx, repository, e, withConfigs)
		if subjects[i] = subject; errors.Is(err, registry.ErrUnverified) {
			e.Flaw, err = err, nil
		}
		return registry.WrapOp("inspect", spec.Reference{Place: ref.Place, Digest: e.Descriptor.Digest}, err)
	})
	for i := range result.Entries {
		if subjects[i] != (v1.Hash{}) {
			result.Entries[i].Attach(subjects[i], x.Entries)
		}
	}
	return result, err
}

// inspectEntry reads the facts about an entry that the index lacks. It returns the subject of the manifest.
func inspectEntry(ctx context.Context, repository registry.Repository, e *plan.InspectedEntry, withConfig bool) (subject v1.Hash, err error) {
	if !e.Descriptor.MediaType.IsImage() {
		return v1.Hash{}, nil
	}
	m, err := repository.Manifest(ctx, registry.Ref{Digest: e.Descriptor.Digest})
	if errors.Is(err, registry.ErrNotFound) {
		e.Missing = true
		return v1.Hash{}, nil
	}
	if err != nil {
		return v1.Hash{}, err
	}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return v1.Hash{}, err
	}
	if doc.Subject != nil {
		subject = doc.Subject.Digest
	}
	described := e.Entry
	described.Describe(doc)
	e.Kind = described.Kind
	unknown := e.Kind == index.Image && !e.HasPlatform()
	if e.Image, err = details(ctx, repository, doc, unknown, withConfig); err != nil || !unknown {
		return subject, err
	}
	// as a push does
	if e.Platform = plan.PlatformOf(spec.Entry{}, plan.Node{Entry: e.Entry, Config: e.Image.Platform}); !e.HasPlatform() {
		e.Kind = index.Artifact
	}
	return subject, nil
}

// details reads the details that the manifest of an image lacks, if they are needed.
func details(ctx context.Context, repository registry.Repository, doc registry.Document, platform, keep bool) (*plan.ImageDetails, error) {
	d := &plan.ImageDetails{Layers: doc.Layers, ArtifactType: doc.ArtifactType, Annotations: doc.Annotations}
	if doc.Config == nil {
		return d, nil
	}
	if d.Config = *doc.Config; !platform && !keep {
		return d, nil
	}
	config, err := registry.ReadConfig(ctx, repository, *doc.Config)
	if err != nil {
		return d, err
	}
	if d.Platform = config.Platform; keep {
		d.ConfigBytes = config.Bytes
	}
	return d, nil
}

// InspectPlatform reads the image for a platform. Of an index it reads no other image: see [Select].
func InspectPlatform(ctx context.Context, repository registry.Repository, ref spec.Reference, want v1.Platform, withConfig bool) (plan.Inspection, error) {
	m, err := repository.Manifest(ctx, registry.RefOf(ref))
	i := plan.Inspection{Reference: ref, Manifest: m}
	if err == nil && !m.MediaType.IsIndex() {
		i, err = inspect(ctx, repository, ref, withConfig)
	}
	if err != nil {
		return i, registry.WrapOp("inspect", ref, err)
	}
	return Select(ctx, repository, i, want, withConfig)
}

// Select narrows the inspection of an index down to the image for a platform. If a platform has several entries,
// the result is the first image, because clients take the first; the inspection names the others. A single image
// selects itself, if it is for that platform.
func Select(ctx context.Context, repository registry.Repository, i plan.Inspection, want v1.Platform, withConfig bool) (plan.Inspection, error) {
	if i.Image != nil {
		if platforms.Matches(want, i.Image.Platform) {
			return i, nil
		}
		return i, registry.WrapOp("inspect", i.Reference, registry.Errorf(registry.ErrNotFound, "the image is for %s, not for %s", index.PlatformText(i.Image.Platform), want))
	}
	first, others, err := match(ctx, repository, i, want)
	if err != nil {
		return i, err
	}
	ref := spec.Reference{Place: i.Reference.Place, Digest: first.Descriptor.Digest}
	selected, err := Inspect(ctx, repository, ref, withConfig)
	selected.Others = others
	return selected, err
}

// match finds the entries of an index for a platform: the first image, and the others.
func match(ctx context.Context, repository registry.Repository, i plan.Inspection, want v1.Platform) (first index.Entry, others []index.Entry, err error) {
	reader := manifestReader{repository: repository, place: i.Reference.Place}
	nodes, err := reader.walk(ctx, i.Manifest)
	if err == nil {
		err = reader.identify(ctx, nodes)
	}
	if err != nil {
		return first, nil, registry.WrapOp("inspect", i.Reference, err)
	}
	entries := entriesOf(nodes)
	group, err := index.Match(entries, want)
	if err != nil {
		return first, nil, registry.WrapOp("inspect", i.Reference, err)
	}
	first, others = preferred(entries, group)
	return first, others, nil
}

// preferred is the first image of a group, and the other images and artifacts of the group.
func preferred(entries []index.Entry, group []int) (first index.Entry, others []index.Entry) {
	at := group[0]
	for _, i := range group {
		if entries[i].Kind == index.Image {
			at = i
			break
		}
	}
	for _, i := range group {
		if i != at && entries[i].InGroup() {
			others = append(others, entries[i])
		}
	}
	return entries[at], others
}
