package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/remote"
)

// An image that is pushed takes memory for its manifest, some times its size, and for the answers of registries.
const (
	memoryOfImage  = 256 << 10 // at least
	memoryPerByte  = 4         // of its manifest
	memoryOfImages = 8 << 20   // of all that are pushed at a time, if they have one lane: see lanesOf
)

func (i image) memory() int64 {
	return min(max(memoryOfImage, memoryPerByte*i.size), memoryOfImages)
}

// pushAll pushes images, many at a time, and adds the results to a report. It begins those of a lane in their order, in
// which an image comes after those that it waits for. It begins no other image after a failure with --fail-fast, or at the
// end of the run. Images that were not begun have no result: they are the rest. All is the number of images.
func (p *pusher) pushAll(ctx context.Context, lanes []iter.Seq[image], o batchOptions, report output.Report) (all int, rest output.Rest) {
	b := &batch{pusher: p, batchOptions: o, ends: newImageEnds(), report: report}
	parallel.Each(ctx, len(lanes), func(ctx context.Context, i int) error {
		return b.pushLane(ctx, lanes[i], max(memoryOfImages/int64(len(lanes)), memoryOfLane))
	})
	return b.ends.count(), b.rest
}

// batchOptions are what images of one job have in common.
type batchOptions struct {
	nameOf      func(number int) string // of an image
	stopFinding func()                  // ends the search for more images
	isStream    bool                    // the number of images is unknown
}

// pushLane pushes the images of a lane, as many at a time as memory allows.
func (b *batch) pushLane(ctx context.Context, lane iter.Seq[image], memory int64) error {
	free := semaphore.NewWeighted(memory)
	return parallel.EachOf(ctx, b.begin(ctx, lane), func(ctx context.Context, next beginning) error {
		next.end.err = b.push(ctx, next, free, min(next.image.memory(), memory))
		b.ends.finish(next.end)
		return nil
	})
}

// begin yields the images of a lane, and where their ends will be known.
func (b *batch) begin(ctx context.Context, lane iter.Seq[image]) iter.Seq[beginning] {
	return func(yield func(beginning) bool) {
		for image := range lane {
			if !yield(beginning{image, b.ends.begin(image.number, image.name)}) {
				return
			}
			if b.isStream {
				b.progress.Images(b.ends.count(), true)
				if b.o.Ordered {
					b.ends.pace(ctx)
				}
			}
		}
	}
}

// A batch is images that are pushed at the same time.
type batch struct {
	*pusher
	batchOptions
	ends    *imageEnds
	stopped atomic.Bool
	claims  claims

	adding sync.Mutex
	report output.Report
	rest   output.Rest
}

// A beginning is an image whose turn has come, and where its end will be known.
type beginning struct {
	image image
	end   *imageEnd
}

// A sourceError is an image that is not pushed, because another image of the run makes its source and failed.
type sourceError struct {
	name, source string
	err          error
}

func (e *sourceError) Error() string {
	return fmt.Sprintf("%s: not pushed, because %s makes one of its sources and failed", e.name, e.source)
}

// Unwrap returns the error of the source.
func (e *sourceError) Unwrap() error { return e.err }

var errNotBegun = errors.New("not begun")

// push pushes an image when its turn comes, and free has the memory that the image takes.
func (b *batch) push(ctx context.Context, next beginning, free *semaphore.Weighted, memory int64) error {
	image := next.image
	skip, err := b.await(ctx, image)
	result := output.ImageResult{Name: image.name, Spec: image.raw, Skipped: skip, Err: cmp.Or(image.err, err)}
	next.end.skipped = skip
	if image.names != nil {
		result.Tags = image.names()
	}
	if free.Acquire(ctx, memory) != nil {
		return b.leave(image, ctx.Err())
	}
	defer free.Release(memory)
	if b.stopped.Load() {
		return b.leave(image, errNotBegun)
	}
	began := time.Now()
	if result.Err == nil && !skip {
		var sent remote.RequestCount
		result.Results, result.Attempts, result.Err = b.pushImage(remote.Counting(ctx, &sent), b.claiming(image))
		result.Requests, result.Retries = sent.N(), sent.Retries()
	}
	result.Took = time.Since(began)
	if result.Err != nil && (b.o.FailFast || ctx.Err() != nil) {
		b.stopped.Store(true)
		b.stopFinding()
	}
	b.adding.Lock()
	defer b.adding.Unlock()
	b.report.Add(image.at, result)
	return result.Err
}

// leave counts an image that is not begun, and keeps the spec of the image if there is a file for it.
func (b *batch) leave(image image, err error) error {
	b.adding.Lock()
	defer b.adding.Unlock()
	b.rest.Images++
	if b.o.Files.Failed != "" {
		b.rest.Specs = append(b.rest.Specs, image.raw)
	}
	return err
}

// await waits for the images that make sources of an image. It reports whether the image is done: an earlier run pushed
// it, and this run pushes none of its sources.
func (b *batch) await(ctx context.Context, image image) (isDone bool, err error) {
	isDone = image.done
	for _, n := range image.after {
		skipped, err := b.ends.await(ctx, n)
		var failure *imageFailure
		switch isDone = isDone && skipped; {
		case errors.As(err, &failure):
			return false, &sourceError{image.name, failure.name, failure.err}
		case err != nil:
			return false, err
		}
	}
	return isDone, nil
}

// claiming is the decision of an image, whose tags no other image of the run may set to something else.
func (b *batch) claiming(image image) decision {
	return func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		plans, notes, err := image.decide(ctx, session)
		if err != nil {
			return nil, notes, err
		}
		if other, tag, ok := b.claims.claim(image.number, plans); !ok {
			return nil, notes, registry.Errorf(registry.ErrInvalid, "%s and %s both push %s", b.nameOf(other), image.name, tag)
		}
		return plans, notes, nil
	}
}
