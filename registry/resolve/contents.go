package resolve

import (
	"context"
	"errors"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
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
