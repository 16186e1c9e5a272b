package run

import (
	"context"
	"sync"
)

// imageEnds are the ends of the pushes of images, by the numbers of the images. Of images that are done, only those are kept
// that failed or were skipped.
type imageEnds struct {
	mu      sync.Mutex
	all     int               // images that were begun
	oldest  int               // all images before this one are done
	done    map[int]bool      // the others that are done
	running map[int]*imageEnd // not done; begun, or awaited by another image
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
	return &imageEnds{done: map[int]bool{}, running: map[int]*imageEnd{}, failed: map[int]*imageFailure{}, skipped: map[int]bool{}}
}

// begin is called for each image when its turn comes. Those of a lane come in their order.
func (e *imageEnds) begin(number int, name string) *imageEnd {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all++
	end := e.end(number)
	end.name = name
	return end
}

// end is where the end of an image will be known; nil if the image is done. The caller holds e.mu.
func (e *imageEnds) end(number int) *imageEnd {
	if number < e.oldest || e.done[number] {
		return nil
	}
	if e.running[number] == nil {
		e.running[number] = &imageEnd{number: number, done: make(chan struct{})}
	}
	return e.running[number]
}

// count is the number of images that were begun.
func (e *imageEnds) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.all
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
	for e.done[end.number] = true; e.done[e.oldest]; e.oldest++ {
		delete(e.done, e.oldest)
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
	end := e.end(number)
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
