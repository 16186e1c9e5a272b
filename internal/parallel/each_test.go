package parallel

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

type worded struct {
	text  string
	words bool
}

func (w worded) Error() string { return w.text }
func (w worded) Words() bool   { return w.words }

// First prefers an error with words to an error without, and both to a cancellation.
func TestFirst(t *testing.T) {
	canceled := fmt.Errorf("read: %w", context.Canceled)
	silent, other := worded{"503", false}, worded{"reset", false}
	told, plain := fmt.Errorf("push: %w", worded{"403: no room", true}), errors.New("wrong digest")
	for _, test := range []struct {
		errs []error
		want error
	}{
		{nil, nil},
		{[]error{nil, nil}, nil},
		{[]error{nil, canceled}, canceled},
		{[]error{canceled, silent, other}, silent},
		{[]error{canceled, silent, told}, told},
		{[]error{silent, plain, told}, plain},
		{[]error{told, plain, canceled}, told},
	} {
		if got := First(test.errs); got != test.want {
			t.Errorf("of %v: %v, want %v", test.errs, got, test.want)
		}
	}
}

// Each returns the failure that happened first, whatever its number is.
func TestEachTellsTheCause(t *testing.T) {
	cause := errors.New("cause")
	for range 50 {
		err := Each(t.Context(), 3, func(ctx context.Context, i int) error {
			if i == 2 {
				return cause
			}
			<-ctx.Done()
			return fmt.Errorf("consequence %d", i)
		})
		if err != cause {
			t.Fatalf("error %v, want %v", err, cause)
		}
	}
}
