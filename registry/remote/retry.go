package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

const (
	maxTries = 5
	// MaxWait is the longest pause between two tries that a registry can ask for.
	MaxWait = slots.MaxWait
	// tryTime limits all tries of one request, without the waits for a slot and the pauses that the registry asks
	// for. No try begins after this time, so a server that hangs costs at most this time and one more try.
	tryTime = 2 * time.Minute
)

// retry calls do until it succeeds, fails for good, or has failed tries times. The caller of retry must not hold a
// slot, because retry sleeps.
func (h *host) retry(ctx context.Context, tries int, do func(context.Context) error) error {
	return h.retryFor(ctx, tries, 0, do)
}

// retryFor is retry with a time limit after which no try begins. Zero means no limit.
func (h *host) retryFor(ctx context.Context, tries int, limit time.Duration, do func(context.Context) error) error {
	if tries == 0 {
		tries = maxTries
	}
	var last error
	ctx, queued := withQueued(ctx)
	before, start := queued.Load(), time.Now()
	for try := 1; ; try++ {
		err := do(ctx)
		if last != nil && err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return ended{last, err}
		}
		if err == nil || ctx.Err() != nil || !worthTrying(err) {
			return err
		}
		wait := rand.N(h.options.Backoff << (try - 1))
		var answer *ResponseError
		if errors.As(err, &answer) {
			if answer.RetryAfter > MaxWait {
				return err
			}
			wait = max(wait, answer.RetryAfter)
			start = start.Add(answer.RetryAfter)
		}
		if try == tries || limit > 0 && time.Since(start)-time.Duration(queued.Load()-before) >= limit {
			return err
		}
		last = err
		until := time.Now().Add(wait)
		h.retrying(Retry{Try: try + 1, Of: tries, Until: until, Why: briefly(err)})
		if err := slots.SleepUntil(ctx, until); err != nil {
			return ended{last, err}
		}
		countRetry(ctx)
	}
}

// A Retry is a pause before a failed request is tried again.
type Retry struct {
	Try, Of int // the try that comes next, and how many there are at most
	Until   time.Time
	Why     string
}

func (h *host) retrying(next Retry) {
	if h.options.Retrying != nil {
		h.options.Retrying(h.registry, next)
	}
}

// briefly is an error in a few words.
func briefly(err error) string {
	var answer *ResponseError
	var system *os.SyscallError
	switch {
	case errors.As(err, &answer):
		return refusal.StatusText(answer.Status)
	case errors.As(err, &system):
		return system.Err.Error() // connection refused
	}
	return "no answer"
}

// An ended error is the last failure of a request whose context ended during a pause. It has the text of the
// failure, and also wraps the end of the context.
type ended struct{ last, cause error }

func (e ended) Error() string   { return e.last.Error() }
func (e ended) Unwrap() []error { return []error{e.cause, e.last} }

// tryAgain marks an error as worth another try, whatever its class is.
type tryAgain struct{ error }

func (e tryAgain) Unwrap() error { return e.error }

// stopTrying marks an error as final, whatever its class is.
type stopTrying struct{ error }

func (e stopTrying) Unwrap() error { return e.error }

// worthTrying reports whether the next try may succeed. Errors of certificates, unknown host names and used-up
// quotas do not change.
func worthTrying(err error) bool {
	var more tryAgain
	var enough stopTrying
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var answer *ResponseError
	var proxy *network.ProxyError
	var handshake *network.TLSError
	var down *DownError
	switch {
	case errors.As(err, &more):
		return true
	case errors.As(err, &enough), errors.As(err, &down):
		return false
	case !errors.Is(err, registry.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, http.ErrSchemeMismatch):
		return false
	case errors.As(err, &certificate), errors.As(err, &handshake), errors.As(err, &dns) && dns.IsNotFound:
		return false
	case errors.As(err, &proxy):
		return overloaded(proxy.Status)
	}
	return !errors.As(err, &answer) || answer.Quota == ""
}

// retryAfter reads the header (RFC 9110, 10.2.3): seconds or a date. Some servers send the date as a Unix time, in
// seconds or milliseconds, or a fraction of seconds. Other values are ignored.
func retryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 && seconds < math.MaxInt64 {
		for _, unit := range []time.Duration{time.Second, time.Millisecond} {
			if until := time.Until(unixTime(seconds, unit)); until.Abs() < nearNow {
				return max(until, 0)
			}
		}
		return time.Duration(min(seconds, 1<<30) * float64(time.Second))
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(time.Until(date), 0)
	}
	return 0
}

// nearNow is how far from now a number is still read as a Unix time. As seconds to wait it would mean decades.
const nearNow = 366 * 24 * time.Hour

func unixTime(n float64, unit time.Duration) time.Time {
	if n > 1<<50 {
		return time.Time{}
	}
	return time.UnixMilli(int64(n * float64(unit/time.Millisecond)))
}
