package remote

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// The record sends a blob once, also if several goroutines need it, and again after a failure, by force, or if the
// registry lacks it after all.
func TestStoredRecord(t *testing.T) {
	key := storedKeyOf("reg.test/app", v1.Hash{Algorithm: "sha256", Hex: "aa"})
	calls := 0
	send := func(err error) func() (registry.Transfer, error) {
		return func() (registry.Transfer, error) {
			calls++
			return registry.Streamed, err
		}
	}
	var s storedRecord
	failed := errors.New("failed")
	refused := &ResponseError{Status: 404, Method: "PUT"}
	for i, step := range []struct {
		forced  bool
		failure error
		before  func()
		sends   bool
	}{
		{failure: failed, sends: true},
		{sends: true},
		{sends: false},
		{forced: true, sends: true},
		{forced: true, sends: false},
		{sends: false},
		{before: func() { s.forget("reg.test/app", failed) }, sends: false},
		{before: func() { s.forget("reg.test/other", refused) }, sends: false},
		{before: func() { s.forget("reg.test/app", refused) }, sends: true},
	} {
		if step.before != nil {
			step.before()
		}
		n := calls
		how, err := s.blob(t.Context(), key, step.forced, send(step.failure))
		if sent := calls > n; sent != step.sends || err != step.failure || (how == registry.Streamed) != sent {
			t.Errorf("step %d: sent %t, %v, %v", i, sent, how, err)
		}
	}
}

func TestStoredRecordWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s storedRecord
		var key storedKey
		ctx, cancel := context.WithCancel(t.Context())
		release, began := make(chan error), make(chan struct{})
		go s.blob(ctx, key, false, func() (registry.Transfer, error) {
			close(began)
			return registry.Streamed, <-release
		})
		<-began
		results := make(chan error, 2)
		go func() {
			_, err := s.blob(ctx, key, false, func() (registry.Transfer, error) { return registry.Streamed, errors.New("sent twice") })
			results <- err
		}()
		synctest.Wait()
		s.forget("", &ResponseError{Status: 404, Method: "PUT"}) // a blob on its way stays
		release <- nil
		if err := <-results; err != nil {
			t.Error(err)
		}
		go s.blob(ctx, key, true, func() (registry.Transfer, error) { return registry.Streamed, <-release })
		synctest.Wait()
		go func() {
			_, err := s.blob(ctx, key, true, nil)
			results <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want the end of the context", err)
		}
		release <- nil
	})
}
