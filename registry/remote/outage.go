package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
)

const (
	// downAfter is the number of requests in a row without an answer after which a registry counts as down.
	downAfter = maxTries
	// outageTime is how long requests wait for a registry that has answered before. A registry that never answered is not
	// waited for, once all requests to it have failed.
	outageTime = time.Minute
	// While a registry is down, one request is sent now and then: probeSoon while others wait for it, probeLater when they
	// do not wait any more.
	probeSoon  = 3 * time.Second
	probeLater = 30 * time.Second
)

// A DownError is a request that was not sent, because the registry did not answer earlier requests.
type DownError struct {
	Host     string
	Failures int   // requests in a row without an answer
	Err      error // of the last of them
}

func (e *DownError) Error() string {
	return fmt.Sprintf("%s did not answer %d requests, so no more are sent: %v", e.Host, e.Failures, e.Err)
}

// Unwrap returns the class and the last failure.
func (e *DownError) Unwrap() []error { return []error{registry.ErrUnavailable, e.Err} }

// An outage keeps a run over many images from sending thousands of requests to a registry that is down. An answer of any
// kind ends it: a registry that answers 429 or 503 is not down. Answers to requests that were sent before the first
// failure say nothing, because the registry may send them while it stops. The nil outage does nothing.
type outage struct {
	host string
	warn func(string)

	mu       sync.Mutex
	answered bool // at any time
	failures int  // since the last answer
	sending  int  // requests that may still be answered
	err      error
	since    time.Time     // of the first of the failures
	warned   time.Time     // when the user was informed: a part of the registry may fail, and another answer
	last     time.Time     // of the last of the failures
	probing  bool          // that request is under way
	changed  chan struct{} // closed when something of this changes
}

func newOutage(host string, warn func(string)) *outage {
	return &outage{host: host, warn: warn, changed: make(chan struct{})}
}

// errHeld is the error of a request that was not sent, because the outage began while the request waited for a slot.
var errHeld = errors.New("not sent: the registry does not answer")

// A pass is the permission to send a request.
type pass struct {
	leave  func() // has to be called after the request
	probes bool   // the request is the only one during the outage
}

// admit waits until a request may be sent, or returns a DownError.
func (o *outage) admit(ctx context.Context) (pass, error) {
	if o == nil {
		return pass{leave: func() {}}, nil
	}
	for {
		o.mu.Lock()
		now := time.Now()
		switch {
		case o.failures < downAfter:
			o.mu.Unlock()
			return pass{leave: func() {}}, nil
		case !o.probing && !now.Before(o.nextProbe()):
			o.probing = true
			o.mu.Unlock()
			return pass{o.leave, true}, nil
		case !o.answered && o.sending == 0, now.Sub(o.since) >= outageTime:
			err := &DownError{o.host, o.failures, o.err}
			o.mu.Unlock()
			return pass{}, err
		}
		changed, next := o.changed, o.nextProbe()
		if o.probing {
			next = o.since.Add(outageTime)
		}
		o.mu.Unlock()
		if err := waitFor(ctx, changed, next); err != nil {
			return pass{}, err
		}
	}
}

// isDown reports whether only the request that probes may be sent.
func (o *outage) isDown() bool {
	if o == nil {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failures >= downAfter
}

// instead returns a DownError if the last failure of the token server may pass.
func (o *outage) instead(err error) error {
	if o == nil || !errors.Is(err, registry.ErrUnavailable) {
		return err
	}
	return &DownError{o.host, downAfter, err}
}

// waitFor waits until a time, or for the end of a channel or context.
func waitFor(ctx context.Context, changed <-chan struct{}, until time.Time) error {
	timer := time.NewTimer(max(time.Until(until), time.Millisecond))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-timer.C:
	}
	return nil
}

// leave ends the request that was sent during the outage. It had no result if the caller gave up.
func (o *outage) leave() {
	o.change(func() { o.probing = false })
}

// send records a request that is sent now, and returns the time for end. sent records the end of the request, after its
// answer or failure.
func (o *outage) send() (at time.Time) {
	if o == nil {
		return at
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sending++
	return time.Now()
}

func (o *outage) sent() {
	if o == nil {
		return
	}
	o.mu.Lock()
	o.sending--
	waitedFor := o.failures >= downAfter && o.sending == 0
	o.mu.Unlock()
	if waitedFor {
		o.change(func() {})
	}
}

// end records the answer to a request that was sent at a time.
func (o *outage) end(at time.Time) {
	if o == nil {
		return
	}
	o.mu.Lock()
	ends := o.failures > 0 && !at.Before(o.since)
	news := ends || !o.answered
	o.mu.Unlock()
	if !news {
		return
	}
	o.change(func() {
		o.answered = true
		if ends {
			o.failures, o.err, o.probing = 0, nil, false
		}
	})
}

// fail records a request without an answer.
func (o *outage) fail(err error) {
	if o == nil {
		return
	}
	o.change(func() {
		o.last = time.Now()
		if o.failures == 0 {
			o.since = o.last
		}
		o.failures++
		o.err, o.probing = err, false
	})
}

// nextProbe is when the next request may be sent, if there are downAfter failures.
func (o *outage) nextProbe() time.Time {
	if o.answered && o.last.Sub(o.since) < outageTime {
		return o.last.Add(probeSoon)
	}
	return o.last.Add(probeLater)
}

// waits reports whether requests wait for the end of the outage.
func (o *outage) waits() bool { return o.answered && o.failures >= downAfter }

// change makes a change, and informs the user if requests begin to wait.
func (o *outage) change(do func()) {
	o.mu.Lock()
	waited := o.waits()
	do()
	now, err := time.Now(), o.err
	begins := !waited && o.waits() && now.Sub(o.warned) >= outageTime
	if begins {
		o.warned = now
	}
	close(o.changed)
	o.changed = make(chan struct{})
	o.mu.Unlock()
	if begins {
		o.warn(fmt.Sprintf("%s did not answer %d requests: waiting up to %s for the registry (%v)", o.host, downAfter, outageTime, err))
	}
}
