package main

import (
	"net/http"
	"testing"
	"time"
)

// TestWire: a request waits, and a new connection as long again.
func TestWire(t *testing.T) {
	const delay = 20 * time.Millisecond
	w := &wire{}
	host, err := w.front(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(http.StatusAccepted)
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.reset(delay, delay)
	begin := time.Now()
	for range 2 {
		resp, err := http.Get("http://" + host + "/v2/app/manifests/v1?q=1")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if took := time.Since(begin); took < 3*delay {
		t.Errorf("two requests over one connection took %v, want at least %v", took, 3*delay)
	}
	requests, connections := w.seen()
	if len(requests) != 2 || connections != 1 {
		t.Fatalf("%d requests over %d connections, want 2 over 1", len(requests), connections)
	}
	if r := requests[0]; r.method != "GET" || r.path != "/v2/app/manifests/v1" || r.query != "q=1" || r.status != http.StatusAccepted {
		t.Errorf("the first request is %+v", r)
	}
	if got := len(chain(requests)); got != 2 {
		t.Errorf("a chain of %d, want 2", got)
	}
}
