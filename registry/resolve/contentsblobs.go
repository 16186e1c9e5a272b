package resolve

import (
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

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
