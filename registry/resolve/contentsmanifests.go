package resolve

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

// factsOf are the facts of a manifest without its bytes.
func factsOf(m registry.Manifest, err error) verify.Manifest {
	facts := verify.Manifest{Descriptor: m.Descriptor(), Err: err}
	if err != nil {
		return facts
	}
	doc, err := registry.ParseDocument(m)
	if err == nil && m.MediaType.IsIndex() {
		var x index.Index
		if x, err = index.Parse(m); err == nil {
			for i := range x.Entries {
				x.Entries[i].Raw = nil
			}
			facts.Entries = x.Entries
		}
	}
	if facts.Err = err; err != nil {
		return facts
	}
	facts.Config, facts.Layers, facts.ArtifactType, facts.Subject = doc.Config, doc.Layers, doc.ArtifactType, doc.SubjectDigest()
	return facts
}

// indexes reads the indexes below an index, level by level and each once. It returns the entries that are no indexes,
// each digest once.
func (p *placeReader) indexes(ctx context.Context, c *verify.Contents, root verify.Manifest) ([]index.Entry, error) {
	switch {
	case root.Err != nil:
		return nil, nil
	case !root.IsIndex():
		return []index.Entry{index.NewEntry(root.Descriptor)}, nil
	}
	var err error
	found := entriesBelow{seen: map[v1.Hash]bool{c.Root: true}}
	for level, depth := []verify.Manifest{root}, 1; len(level) > 0; depth++ {
		nested := found.add(level)
		if len(nested) > 0 && depth == maxDepth {
			found.limit = registry.Errorf(registry.ErrUnverified, "more than %d levels of nested indexes", maxDepth)
		}
		if c.Limit = found.limit; c.Limit != nil {
			break
		}
		if level, err = p.readAll(ctx, c, nested); err != nil {
			return nil, err
		}
	}
	return found.leaves, nil
}

// entriesBelow are the entries of an index and of the indexes below it.
type entriesBelow struct {
	seen   map[v1.Hash]bool
	count  int
	leaves []index.Entry // that are no indexes
	limit  error         // which the entries exceed
}

// add adds the entries of some indexes, and returns those that are indexes.
func (b *entriesBelow) add(indexes []verify.Manifest) (nested []index.Entry) {
	for _, m := range indexes {
		for _, e := range m.Entries {
			if b.count++; b.count > spec.MaxEntries {
				b.limit = registry.Errorf(registry.ErrUnverified, "the index has more than %d entries, which is the limit", spec.MaxEntries)
				return nil
			}
			switch again := b.seen[e.Descriptor.Digest]; {
			case again:
			case e.Kind == index.Nested:
				nested = append(nested, e)
			default:
				b.leaves = append(b.leaves, e)
			}
			b.seen[e.Descriptor.Digest] = true
		}
	}
	return nested
}

// readAll reads manifests, and adds them to the contents.
func (p *placeReader) readAll(ctx context.Context, c *verify.Contents, entries []index.Entry) ([]verify.Manifest, error) {
	read := make([]verify.Manifest, len(entries))
	err := parallel.Each(ctx, len(entries), func(ctx context.Context, i int) (err error) {
		read[i], err = p.readOne(ctx, entries[i].Descriptor.Digest)
		return err
	})
	for i, e := range entries {
		c.Manifests[e.Descriptor.Digest] = read[i]
	}
	return read, err
}

// readOne reads a manifest by its digest, unless it was read before.
func (p *placeReader) readOne(ctx context.Context, digest v1.Hash) (verify.Manifest, error) {
	p.mu.Lock()
	known, ok := p.manifests[digest]
	p.mu.Unlock()
	switch {
	case ok:
		return known, nil
	case digest == v1.Hash{}:
		return verify.Manifest{Err: registry.Errorf(registry.ErrUnverified, "the entry of the index has no digest")}, nil
	}
	m, err := p.repository.Manifest(ctx, registry.Ref{Digest: digest})
	if err != nil && !isFact(err) {
		return verify.Manifest{}, registry.WrapOp("read", spec.Reference{Place: p.place, Digest: digest}, err)
	}
	facts := factsOf(m, err)
	facts.Descriptor.Digest = digest
	p.keep(facts, digest)
	return facts, nil
}
