package run

import (
	"context"
	"sync"
)

// imageEnds are the ends of the pushes of images. Of images that are done, only those are kept that failed or were skipped.
type imageEnds struct {
	mu      sync.Mutex
	all     int               // images that came so far
	oldest  int               // all images before this one are done
	running map[int]*imageEnd // by the number of images before
	failed  map[int]*imageFailure
	skipped map[int]bool
}

// An imageEnd is the end of the push of an image. Err and skipped are set before done is closed.
type imageEnd struct {
	number  int
	name    string
	done    chan struct{}
	err     error
	skipped bool
}

// An imageFailure is the failure of an image that another image waits for.
type imageFailure struct {
	name string
	err  error
}

func (f *imageFailure) Error() string { return f.err.Error() }

func newImageEnds() *imageEnds {
	return &imageEnds{running: map[int]*imageEnd{}, failed: map[int]*imageFailure{}, skipped: map[int]bool{}}
}

// begin is called for each image, in their order.
func (e *imageEnds) begin(name string) *imageEnd {
	e.mu.Lock()
	defer e.mu.Unlock()
	end := &imageEnd{number: e.all, name: name, done: make(chan struct{})}
	e.running[e.all] = end
	e.all++
	return end
}

func (e *imageEnds) finish(end *imageEnd) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.running, end.number)
	if end.err != nil {
		e.failed[end.number] = &imageFailure{end.name, end.err}
	}
	if end.skipped {
		e.skipped[end.number] = true
	}
	for e.oldest < e.all && e.running[e.oldest] == nil {
		e.oldest++
	}
	close(end.done)
}

// maxAhead is how many images may be done while the results of all wait for an image before them.
const maxAhead = 1000

// pace waits while the images are too far ahead of the oldest one that is not done.
func (e *imageEnds) pace(ctx context.Context) {
	for ctx.Err() == nil {
		e.mu.Lock()
		ahead, oldest := e.all-e.oldest, e.oldest
		e.mu.Unlock()
		if ahead < maxAhead {
			return
		}
		e.await(ctx, oldest)
	}
}

// await waits for the end of an image, and reports whether the image was skipped. The failure of the image is an
// *imageFailure.
func (e *imageEnds) await(ctx context.Context, number int) (skipped bool, err error) {
	e.mu.Lock()
	end := e.running[number]
	e.mu.Unlock()
	if end != nil {
		select {
		case <-end.done:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if failed := e.failed[number]; failed != nil {
		return false, failed
	}
	return e.skipped[number], nil
}
