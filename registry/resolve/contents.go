package resolve

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

// ContentsOptions are the choices of a [ContentsReader].
type ContentsOptions struct {
	// Deep reads every byte of the blobs. Otherwise the repository is only asked whether it holds them.
	Deep bool
	// Progress receives the progress of the reads. It may be nil.
	Progress ReadProgress
}

// A ReadProgress receives the progress of reads, from many goroutines at once.
type ReadProgress interface {
	Reading(place spec.Place, blobs []v1.Descriptor) // before
	Moved(place spec.Place, bytes int)
	Read(place spec.Place, blob v1.Descriptor)
}

// A ContentsReader reads what repositories hold of images. It keeps what it has read, so that images of one repository
// that share manifests and blobs cost each of them once. It keeps no bytes of manifests.
type ContentsReader struct {
	session registry.Session
	options ContentsOptions
	places  map[spec.Place]*placeReader
}

// NewContentsReader returns a reader that has read nothing yet. One goroutine uses it at a time.
func NewContentsReader(session registry.Session, o ContentsOptions) *ContentsReader {
	return &ContentsReader{session, o, map[spec.Place]*placeReader{}}
}

// Contents reads the image under a reference with all that it needs. What is wrong with a single manifest or blob is
// part of the result. An error means that the repository as a whole gives no answer, or does not have the image.
func (r *ContentsReader) Contents(ctx context.Context, ref spec.Reference) (verify.Contents, error) {
	p, err := r.place(ctx, ref.Place)
	if err != nil {
		return verify.Contents{}, registry.WrapOp("open", ref.Place, err)
	}
	c, err := p.contents(ctx, ref)
	return c, registry.WrapOp("verify", ref, err)
}

func (r *ContentsReader) place(ctx context.Context, place spec.Place) (*placeReader, error) {
	if p := r.places[place]; p != nil {
		return p, nil
	}
	repository, err := r.session.Open(ctx, place)
	if err != nil {
		return nil, err
	}
	if cached, ok := repository.(interface{ Uncached() registry.Repository }); ok {
		repository = cached.Uncached() // what is there now counts, and each manifest is read once
	}
	all, err := newResolver(ctx, r.session, spec.Spec{}, plan.Options{})
	if err != nil {
		return nil, err
	}
	p := &placeReader{
		manifestReader: manifestReader{resolver: all, repository: repository, place: place}, options: r.options,
		manifests: map[v1.Hash]verify.Manifest{}, blobs: map[verify.Blob]error{}, unpacked: map[verify.Blob]verify.Unpacked{}, asked: map[v1.Hash]bool{},
	}
	r.places[place] = p
	return p, nil
}

// A placeReader is a ContentsReader for one repository.
type placeReader struct {
	manifestReader
	options ContentsOptions

	mu        sync.Mutex
	manifests map[v1.Hash]verify.Manifest
	blobs     map[verify.Blob]error
	unpacked  map[verify.Blob]verify.Unpacked
	asked     map[v1.Hash]bool // the manifests whose referrers were read
}

// isFact reports whether an error says something about one object of a repository that answers otherwise.
func isFact(err error) bool {
	return errors.Is(err, registry.ErrNotFound) || errors.Is(err, registry.ErrUnverified) || registry.Withheld(err) || registry.IsBroken(err)
}

func (p *placeReader) contents(ctx context.Context, ref spec.Reference) (verify.Contents, error) {
	c := verify.Contents{Reference: ref, Root: ref.Digest, Manifests: map[v1.Hash]verify.Manifest{}, Deep: p.options.Deep}
	root, isKnown := p.manifests[ref.Digest]
	if !isKnown {
		m, err := p.repository.Manifest(ctx, registry.RefOf(ref))
		isGone := errors.Is(err, registry.ErrNotFound) && ref.Tag != "" && ref.Digest != v1.Hash{} // the tag exists
		if err != nil && !errors.Is(err, registry.ErrUnverified) && !isGone {
			return c, err
		}
		if root = factsOf(m, err); err == nil {
			c.Root = m.Digest
			p.keep(root, c.Root)
		}
	}
	c.Manifests[c.Root] = root
	level, err := p.indexes(ctx, &c, root)
	if err != nil {
		return c, err
	}
	todo := &work{placeReader: p, taken: map[verify.Blob]bool{}}
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return todo.images(ctx, &c, level) },
		func(ctx context.Context) (err error) { c.Referrers, err = p.referrers(ctx, &c, level); return err },
	}
	if err := parallel.Each(ctx, len(steps), func(ctx context.Context, i int) error { return steps[i](ctx) }); err != nil {
		return c, err
	}
	if err := todo.referrerBlobs(ctx, c.Referrers.Found); err != nil {
		return c, err
	}
	c.Blobs, c.Unpacked = p.blobs, p.unpacked
	return c, nil
}

func (p *placeReader) keep(m verify.Manifest, digest v1.Hash) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.manifests[digest] = m
}

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
func (p *placeReader) indexes(ctx context.Context, c *verify.Contents, root verify.Manifest) (leaves []index.Entry, err error) {
	switch {
	case root.Err != nil:
		return nil, nil
	case !root.IsIndex():
		return []index.Entry{index.NewEntry(root.Descriptor)}, nil
	}
	seen, n := map[v1.Hash]bool{c.Root: true}, 0
	for level, depth := []verify.Manifest{root}, 1; len(level) > 0; depth++ {
		var nested []index.Entry
		for _, m := range level {
			for _, e := range m.Entries {
				if n++; n > spec.MaxEntries {
					c.Limit = registry.Errorf(registry.ErrUnverified, "the index has more than %d entries, which is the limit", spec.MaxEntries)
					return leaves, nil
				}
				if seen[e.Descriptor.Digest] {
					continue
				}
				seen[e.Descriptor.Digest] = true
				if e.Kind != index.Nested {
					leaves = append(leaves, e)
					continue
				}
				nested = append(nested, e)
			}
		}
		if len(nested) > 0 && depth == maxDepth {
			c.Limit = registry.Errorf(registry.ErrUnverified, "more than %d levels of nested indexes", maxDepth)
			return leaves, nil
		}
		if level, err = p.readAll(ctx, c, nested); err != nil {
			return nil, err
		}
	}
	return leaves, nil
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

// work is what one image needs. Each blob is taken by the first manifest that needs it.
type work struct {
	*placeReader
	taken map[verify.Blob]bool
}

// images reads manifests with their configs, and asks for their layers.
func (w *work) images(ctx context.Context, c *verify.Contents, entries []index.Entry) error {
	read := make([]verify.Manifest, len(entries))
	err := parallel.Each(ctx, len(entries), func(ctx context.Context, i int) (err error) {
		read[i], err = w.image(ctx, entries[i].Descriptor.Digest)
		return err
	})
	for i, e := range entries {
		c.Manifests[e.Descriptor.Digest] = read[i]
	}
	return err
}

func (w *work) image(ctx context.Context, digest v1.Hash) (verify.Manifest, error) {
	m, err := w.readOne(ctx, digest)
	if err != nil || m.Err != nil {
		return m, err
	}
	blobs := m.Layers
	steps := []func(context.Context) error{func(ctx context.Context) error { return w.askAll(ctx, blobs) }}
	switch {
	case m.Config == nil:
	case m.Image == nil && isImageConfig(m.Config.MediaType):
		steps = append(steps, func(ctx context.Context) (err error) { m.Image, err = w.config(ctx, *m.Config); return err })
	case m.Image == nil:
		blobs = append([]v1.Descriptor{*m.Config}, blobs...)
	}
	err = parallel.Each(ctx, len(steps), func(ctx context.Context, i int) error { return steps[i](ctx) })
	w.keep(m, digest)
	return m, err
}

func isImageConfig(t types.MediaType) bool {
	return t == types.OCIConfigJSON || t == types.DockerConfigJSON
}

// config reads the config of an image.
func (w *work) config(ctx context.Context, d v1.Descriptor) (*verify.Image, error) {
	config, err := registry.ReadConfig(ctx, w.repository, d)
	if err != nil && !isFact(err) {
		return nil, err
	}
	w.found(d, err)
	image := &verify.Image{Err: err, Platform: config.Platform}
	if err == nil {
		image.DiffIDs = diffIDsOf(config.Bytes)
	}
	return image, nil
}

// diffIDsOf are the digests of the unpacked layers that a config lists. One that is no digest is zero.
func diffIDsOf(config []byte) []v1.Hash {
	var body struct {
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if json.Unmarshal(config, &body) != nil {
		return nil
	}
	digests := make([]v1.Hash, len(body.RootFS.DiffIDs))
	for i, text := range body.RootFS.DiffIDs {
		digests[i], _ = v1.NewHash(text)
	}
	return digests
}

// found keeps what is known of a blob.
func (p *placeReader) found(d v1.Descriptor, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blobs[verify.BlobOf(d)] = err
}

// take returns those blobs that were not asked for yet.
func (w *work) take(blobs []v1.Descriptor) []v1.Descriptor {
	w.mu.Lock()
	defer w.mu.Unlock()
	var mine []v1.Descriptor
	for _, d := range blobs {
		key := verify.BlobOf(d)
		if _, known := w.blobs[key]; !known && !w.taken[key] {
			w.taken[key] = true
			mine = append(mine, d)
		}
	}
	return mine
}

// askAll finds out whether the repository holds blobs.
func (w *work) askAll(ctx context.Context, blobs []v1.Descriptor) error {
	blobs = w.take(blobs)
	if w.shows() && len(blobs) > 0 {
		w.options.Progress.Reading(w.place, blobs)
	}
	return parallel.Each(ctx, len(blobs), func(ctx context.Context, i int) error {
		err := w.ask(ctx, blobs[i])
		if err != nil && !isFact(err) {
			return registry.WrapOp("read", spec.Reference{Place: w.place, Digest: blobs[i].Digest}, err)
		}
		w.found(blobs[i], err)
		return nil
	})
}

// ask finds out whether the repository holds a blob. Where the repository denies that, a read shows why. A foreign layer
// is not read.
func (w *work) ask(ctx context.Context, d v1.Descriptor) error {
	if d.Digest == (v1.Hash{}) {
		return registry.Errorf(registry.ErrUnverified, "the descriptor has no digest")
	}
	isForeign := len(d.URLs) > 0 || !d.MediaType.IsDistributable()
	if !w.options.Deep || isForeign {
		held, err := w.repository.HasBlob(ctx, d)
		switch {
		case err != nil || held && !w.options.Deep:
			return err
		case !held && isForeign:
			return registry.Errorf(registry.ErrNotFound, "the repository does not hold the blob")
		}
	}
	blob, err := w.repository.Blob(ctx, d)
	if err != nil {
		return err
	}
	defer blob.Close()
	if !w.options.Deep {
		_, err = io.Copy(io.Discard, blob)
		return err
	}
	return w.unpack(d, blob)
}

// unpack reads a blob to its end, and keeps what a layer unpacks to.
func (w *work) unpack(d v1.Descriptor, blob io.Reader) error {
	if w.shows() {
		blob = io.TeeReader(blob, counter(func(n int) { w.options.Progress.Moved(w.place, n) }))
	}
	digest, err := diffID(blob, maxUnpacked(d.Size))
	if err != nil && !isUnpack(err) {
		return err
	}
	w.mu.Lock()
	w.unpacked[verify.BlobOf(d)] = verify.Unpacked{DiffID: digest, Err: err}
	w.mu.Unlock()
	if w.shows() {
		w.options.Progress.Read(w.place, d)
	}
	return nil
}

// shows reports whether the reads of blobs have a progress.
func (w *work) shows() bool { return w.options.Deep && w.options.Progress != nil }

// A counter counts what is written to it.
type counter func(n int)

func (c counter) Write(p []byte) (int, error) {
	c(len(p))
	return len(p), nil
}

// referrers reads what refers to the image and to the manifests below it.
func (p *placeReader) referrers(ctx context.Context, c *verify.Contents, leaves []index.Entry) (verify.Referrers, error) {
	subjects := []v1.Hash{}
	add := func(digest v1.Hash) {
		if digest != (v1.Hash{}) && !p.asked[digest] {
			p.asked[digest] = true
			subjects = append(subjects, digest)
		}
	}
	add(c.Root)
	for _, e := range leaves {
		add(e.Descriptor.Digest)
	}
	w := referrerWalker{manifestReader: p.manifestReader, seen: map[v1.Hash]bool{}, tolerant: true}
	if err := w.walk(ctx, subjects); err != nil {
		return verify.Referrers{}, err
	}
	slices.SortFunc(w.flaws, func(a, b verify.ReferrerFlaw) int {
		return cmp.Or(cmp.Compare(a.Subject.Hex, b.Subject.Hex), cmp.Compare(a.Tag, b.Tag), cmp.Compare(a.Digest.Hex, b.Digest.Hex))
	})
	return verify.Referrers{Found: w.found, Flaws: w.flaws, Hidden: w.hidden}, nil
}

// referrerBlobs asks for the blobs of referrers.
func (w *work) referrerBlobs(ctx context.Context, found []plan.Referrer) error {
	var blobs []v1.Descriptor
	for _, r := range found {
		for _, n := range append(r.Descendants, r.Node) {
			blobs = append(blobs, n.Blobs...)
		}
	}
	return w.askAll(ctx, blobs)
}
