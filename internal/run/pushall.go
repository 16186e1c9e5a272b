package run

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/parallel"
)

// An image that is pushed takes memory for its manifest, some times its size, and for the answers of registries.
const (
	memoryOfImage  = 256 << 10 // at least
	memoryPerByte  = 4         // of its manifest
	memoryOfImages = 8 << 20   // of all that are pushed at a time
)

func (i image) memory() int64 {
	return min(max(memoryOfImage, memoryPerByte*i.size), memoryOfImages)
}

// pushAll pushes images, many at a time, and adds the results to a report. It begins no other image after a failure with
// --fail-fast, or at the end of the run. Images that were not begun have no result.
func (p *pusher) pushAll(ctx context.Context, images []image, report output.Report) {
	memory := semaphore.NewWeighted(memoryOfImages)
	var stopped atomic.Bool
	var adding sync.Mutex
	push := func(ctx context.Context, i int) {
		if memory.Acquire(ctx, images[i].memory()) != nil {
			return
		}
		defer memory.Release(images[i].memory())
		if stopped.Load() {
			return
		}
		result := output.ImageResult{Tags: images[i].tags, Err: images[i].err}
		if result.Err == nil {
			result.Results, result.Err = p.pushImage(ctx, images[i].decide)
		}
		if result.Err != nil && (p.o.FailFast || ctx.Err() != nil) {
			stopped.Store(true)
		}
		adding.Lock()
		defer adding.Unlock()
		report.Add(i, result)
	}
	for _, later := range []bool{false, true} {
		var wave []int
		for i := range images {
			if images[i].later == later {
				wave = append(wave, i)
			}
		}
		parallel.Each(ctx, len(wave), func(ctx context.Context, k int) error {
			push(ctx, wave[k])
			return nil
		})
	}
}
