package remote

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The end of the run, which may be the failure of another request, does not cut the words of an answer.
func TestWordsOutliveTheRun(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		server := serve(t, http2, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
			cancel()
			time.Sleep(20 * time.Millisecond)
			io.WriteString(w, "the cupboard is bare")
		})
		_, err := server.Manifest(ctx, tag("x"))
		if err == nil || !strings.Contains(err.Error(), "403 Forbidden: the cupboard is bare") {
			t.Errorf("HTTP/2 %v: %v", http2, err)
		}
	}
}

// An answer that is no success and has no end holds nobody up: neither a run, nor the end of a run.
func TestEndlessWords(t *testing.T) {
	for _, test := range []struct {
		ends        time.Duration // of the run
		least, most time.Duration
	}{
		{time.Hour, wordsTime, wordsTime},
		{2 * time.Second, 2 * time.Second, 2*time.Second + lastWordsTime},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), test.ends)
			defer cancel()
			transport := answers(func(r *http.Request) (*http.Response, error) {
				body := &trickle{ctx: r.Context()}
				return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: body}, nil
			})
			start := time.Now()
			_, err := open(t, Options{Transport: transport}, "reg.test", "a")[0].manifest(ctx, tag("x"), 1)
			if took := time.Since(start); took < test.least || took > test.most {
				t.Errorf("a run of %s: it took %s", test.ends, took)
			}
			if err == nil || !strings.Contains(err.Error(), "403 Forbidden: bare") {
				t.Errorf("a run of %s: %v", test.ends, err)
			}
		})
	}
}

type answers func(*http.Request) (*http.Response, error)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

// A trickle is a body that begins, and then stays silent until its request is ended.
type trickle struct {
	ctx  context.Context
	said bool
}

func (b *trickle) Read(p []byte) (int, error) {
	if !b.said {
		b.said = true
		return copy(p, "bare"), nil
	}
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (b *trickle) Close() error { return nil }

// A success ends with its run, as before.
func TestSuccessEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		transport := answers(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: &trickle{ctx: r.Context()}}, nil
		})
		start := time.Now()
		_, err := open(t, Options{Transport: transport}, "reg.test", "a")[0].Manifest(ctx, tag("x"))
		if took := time.Since(start); err == nil || took != time.Second {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

// serve is a repository of a registry with one answer for all.
func serve(t *testing.T, http2 bool, handle http.HandlerFunc) *Repository {
	t.Helper()
	server := httptest.NewUnstartedServer(handle)
	t.Cleanup(server.Close)
	return open(t, started(server, http2), server.Listener.Addr().String(), "a")[0]
}
