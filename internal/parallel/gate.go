package parallel

import "context"

// A Gate is a mutex whose Enter ends with a context. [NewGate] makes one.
type Gate chan struct{}

// NewGate returns an open gate.
func NewGate() Gate { return make(Gate, 1) }

// Enter waits until no other goroutine is inside, or until the context ends.
func (g Gate) Enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Leave lets the next goroutine in.
func (g Gate) Leave() { <-g }
