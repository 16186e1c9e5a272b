package integration

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestUnaskedBytes: net/http logs the bytes that a server sends after an answer. They may repeat a secret, so nothing of
// them is shown.
func TestUnaskedBytes(t *testing.T) {
	t.Parallel()
	const secret = "CANARY-PW-41d8"
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		status := "404 Not Found"
		if requests.Add(1) == 1 { // the program waits, and so has time to notice
			status = "429 Too Many Requests\r\nRetry-After: 1"
		}
		io.WriteString(conn, "HTTP/1.1 "+status+"\r\nContent-Length: 1\r\n\r\nx"+secret+"\r\n")
		io.ReadAll(conn)
	}))
	defer server.Close()
	p := newProcess(t, "--debug", "--username", "ci", "--password-stdin", "inspect", strings.TrimPrefix(server.URL, "http://")+"/app:1.0")
	p.Stdin = strings.NewReader(secret)
	p.launch(t)
	p.mustEnd(t, "exit status 3")
	if strings.Contains(p.stderr.String(), secret) || strings.Contains(p.stderr.String(), "nsolicited") {
		t.Errorf("%s", &p.stderr)
	}
}
