package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
// which an image comes after those that it waits for. It begins no other image after a failure with --fail-fast, or at the end of
// the run. Images that were not begun have no result: pushAll returns their specs.
func (p *pusher) pushAll(ctx context.Context, images []image, report output.Report) (left [][]byte) {
	all := &batch{pusher: p, images: images, ends: make([]imageEnd, len(images)), report: report}
	for _, image := range images {
		for _, i := range image.after {
			if all.ends[i].done == nil {
				all.ends[i].done = make(chan struct{})
			}
		}
	}
	lanes := lanesOf(images)
	parallel.Each(ctx, len(lanes), func(ctx context.Context, k int) error {
		return all.pushLane(ctx, lanes[k], max(memoryOfImages/int64(len(lanes)), memoryOfLane))
	})
	for i, image := range images {
		if !all.ends[i].begun {
			left = append(left, image.raw)
		}
	}
	return left
}

// pushLane pushes the images of a lane, as many at a time as memory allows.
func (b *batch) pushLane(ctx context.Context, lane []int, memory int64) error {
	free := semaphore.NewWeighted(memory)
	return parallel.Each(ctx, len(lane), func(ctx context.Context, k int) error {
		i := lane[k]
		if done := b.ends[i].done; done != nil {
			defer close(done)
		}
		b.ends[i].err = b.push(ctx, i, free, min(b.images[i].memory(), memory))
		return nil
	})
}

// A batch is images that are pushed at the same time.
type batch struct {
	*pusher
	images  []image
	ends    []imageEnd
	stopped atomic.Bool
	claims  claims

	adding sync.Mutex
	report output.Report
}

// An imageEnd is the end of the push of an image. The other fields are set before done is closed. Done is nil if no image
// waits.
type imageEnd struct {
	done  chan struct{}
	begun bool
	err   error
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
func (b *batch) push(ctx context.Context, i int, free *semaphore.Weighted, memory int64) error {
	image := b.images[i]
	result := output.ImageResult{Name: image.name, Spec: image.raw, Skipped: image.skip, Err: cmp.Or(image.err, b.await(ctx, image))}
	if image.names != nil {
		result.Tags = image.names()
	}
	if free.Acquire(ctx, memory) != nil {
		return ctx.Err()
	}
	defer free.Release(memory)
	if b.stopped.Load() {
		return errNotBegun
	}
	b.ends[i].begun = true
	began := time.Now()
	if result.Err == nil && !image.skip {
		var sent remote.RequestCount
		result.Results, result.Attempts, result.Err = b.pushImage(remote.Counting(ctx, &sent), b.claiming(image))
		result.Requests, result.Retries = sent.N(), sent.Retries()
	}
	result.Took = time.Since(began)
	if result.Err != nil && (b.o.FailFast || ctx.Err() != nil) {
		b.stopped.Store(true)
	}
	b.adding.Lock()
	defer b.adding.Unlock()
	b.report.Add(image.at, result)
	return result.Err
}

// await waits for the images that make sources of an image.
func (b *batch) await(ctx context.Context, image image) error {
	for _, i := range image.after {
		select {
		case <-b.ends[i].done:
			if err := b.ends[i].err; err != nil {
				return &sourceError{image.name, b.images[i].name, err}
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// claiming is the decision of an image, whose tags no other image of the run may set to something else.
func (b *batch) claiming(image image) decision {
	return func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		plans, notes, err := image.decide(ctx, session)
		if err == nil {
			err = b.claims.claim(image.name, plans)
		}
		return plans, notes, err
	}
}
