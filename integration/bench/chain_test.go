package main

import (
	"testing"
	"time"
)

// at is a request that goes out and is answered so many ms after the beginning.
func at(start, end int) request {
	zero := time.Unix(0, 0)
	return request{start: zero.Add(time.Duration(start) * time.Millisecond), end: zero.Add(time.Duration(end) * time.Millisecond)}
}

func TestChain(t *testing.T) {
	for _, tt := range []struct {
		name     string
		requests []request
		want     int
	}{
		{"none", nil, 0},
		{"one", []request{at(0, 50)}, 1},
		{"one after the other", []request{at(0, 50), at(50, 100), at(101, 151)}, 3},
		{"together", []request{at(0, 50), at(1, 51), at(2, 52)}, 1},
		{"in any order", []request{at(100, 150), at(0, 50), at(50, 100)}, 3},
		{"a long one beside three", []request{at(0, 500), at(0, 50), at(60, 110), at(120, 170)}, 3},
		{"two waves, uneven", []request{at(0, 50), at(0, 60), at(50, 100), at(60, 110)}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := len(chain(tt.requests)); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	requests := []request{
		{method: "GET", path: "/v2/app/manifests/v1", status: 401},
		{method: "POST", path: tokenPath, status: 200},
		{method: "GET", path: "/v2/app/manifests/v1", status: 200},
		{method: "HEAD", path: "/v2/app/blobs/sha256:00", status: 404},
		{method: "POST", path: "/v2/app/blobs/uploads/", query: "mount=sha256:00&from=b", status: 201},
		{method: "POST", path: "/v2/app/blobs/uploads/", query: "mount=sha256:01&from=b", status: 201},
		{method: "POST", path: "/v2/app/blobs/uploads/", query: "mount=sha256:02&from=b", status: 202},
		{method: "PUT", path: "/v2/app/blobs/uploads/1", status: 201},
	}
	want := "2 mount, 1 blob HEAD, 1 manifest GET, 1 manifest GET 401, 1 token, 1 upload POST, 1 upload PUT"
	if got := kinds(requests); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r := run{requests: requests}
	if got := tokensOf(r); got != 1 {
		t.Errorf("%d tokens, want 1", got)
	}
	if got := writesOf(r); got != 4 {
		t.Errorf("%d writes, want 4", got)
	}
}
