package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
)

const (
	maxTries = 5
	// maxWait is the longest that a registry may make us wait between two tries.
	maxWait = 60 * time.Second
)

// retry does something until it works or is not worth trying again. Nobody sleeps holding a slot.
func (h *host) retry(ctx context.Context, once bool, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if err == nil || once || try == maxTries || !worthTrying(err) {
			return err
		}
		wait := time.Duration(rand.Int64N(int64(h.options.Backoff) << (try - 1)))
		var answer *ResponseError
		if errors.As(err, &answer) && answer.RetryAfter > 0 {
			wait = answer.RetryAfter
		}
		if wait > maxWait {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// worthTrying tells what may be better next time. A certificate or a name that does not exist will
// be the same.
func worthTrying(err error) bool {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case !errors.Is(err, registry.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, http.ErrSchemeMismatch):
		return false
	}
	return !errors.As(err, &certificate) && !(errors.As(err, &dns) && dns.IsNotFound)
}

// retryAfter reads the header (RFC 9110, 10.2.3): seconds or a date. What is neither is ignored.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 1<<30)) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(time.Until(date), 0)
	}
	return 0
}
