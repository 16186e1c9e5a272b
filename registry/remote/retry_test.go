package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
)

// TestBriefly lists what a pause says of the failure before.
func TestBriefly(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for want, err := range map[string]error{
		syscall.ECONNREFUSED.Error(): fmt.Errorf("GET: %w", refused),
		"503 Service Unavailable":    &ResponseError{Status: http.StatusServiceUnavailable},
		"no answer":                  errors.Join(context.DeadlineExceeded),
	} {
		if got := briefly(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
