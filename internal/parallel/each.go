package parallel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many things of one kind are worked on at once. What goes over the wire at once is
// limited by the repository, which knows its registry.
const atOnce = 64

// each does something for every number below n, many at once. The first failure ends the others. A
// panic goes on in the caller, who has somebody to catch it.
func Each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	errs := make([]error, n)
	for i := range n {
		group.Go(func() error {
			errs[i] = caught(func() error { return do(ctx, i) })
			return errs[i]
		})
	}
	group.Wait()
	for _, err := range errs {
		if p := (panicked{}); errors.As(err, &p) {
			panic(p)
		}
	}
	return First(errs)
}

// panicked is a panic on its way to another goroutine.
type panicked struct {
	value any
	stack []byte
}

func (p panicked) Error() string { return fmt.Sprint(p.value) }

// Stack is where it came from.
func (p panicked) Stack() []byte { return p.stack }

func caught(do func() error) (err error) {
	defer func() {
		switch value := recover().(type) {
		case nil:
		case panicked: // further in
			err = value
		default:
			err = panicked{value, debug.Stack()}
		}
	}()
	return do()
}

// first is the first error that is not only the echo of another one.
func First(errs []error) error {
	var echo error
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		echo = cmp.Or(echo, err)
	}
	return echo
}
