package registrytest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// An answer is what came back for a request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// code is that of the only error in the answer.
func (a answer) code() string {
	var body struct {
		Errors []struct{ Code string }
	}
	if json.Unmarshal(a.body, &body) != nil || len(body.Errors) != 1 {
		return ""
	}
	return body.Errors[0].Code
}

// ask sends a request, the path with or without the server's address, and headers in pairs.
func ask(t *testing.T, srv *Server, method, path string, body []byte, headers ...string) answer {
	t.Helper()
	if path[0] == '/' {
		path = srv.URL() + path
	}
	req, err := http.NewRequest(method, path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, content}
}

// expect fails the test if the answer has another status or error code.
func expect(t *testing.T, a answer, status int, code string) answer {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Fatalf("got %d %q, want %d %q: %s", a.status, a.code(), status, code, a.body)
	}
	return a
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
