package registrytest

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// What servers, and those between, do to requests.

// Status answers with a status and headers in pairs, and does nothing else.
func Status(status int, headers ...string) func(Scene) { return Say(status, "", headers...) }

// Say answers with a body too.
func Say(status int, body string, headers ...string) func(Scene) {
	return func(s Scene) {
		for i := 0; i < len(headers); i += 2 {
			s.W.Header().Set(headers[i], headers[i+1])
		}
		s.W.WriteHeader(status)
		io.WriteString(s.W, body) // the client may have gone
	}
}

// Complain answers with an error of the spec.
func Complain(status int, code, message string) func(Scene) {
	return func(s Scene) { writeError(s.W, apiError{status: status, code: code, message: message}) }
}

// Stall never answers.
func Stall(s Scene) { s.Wait() }

// Trickle answers a byte a second.
func Trickle(s Scene) {
	answer := s.capture()
	answer.head(s.W)
	for i := range answer.body {
		select {
		case <-s.over:
			return
		case <-s.R.Context().Done():
			return
		case <-time.After(time.Second):
		}
		s.W.Write(answer.body[i : i+1])
		http.NewResponseController(s.W).Flush()
	}
}

// Cut breaks off the body of the answer after a part of it: 0 is before its first byte, 1 before its
// last one.
func Cut(part float64) func(Scene) {
	return func(s Scene) {
		answer := s.capture()
		answer.head(s.W)
		s.W.Write(answer.body[:int(part*float64(max(len(answer.body)-1, 0)))])
		http.NewResponseController(s.W).Flush()
		hangUp(s.W)
	}
}

// HangUp resets the connection before anything is done.
func HangUp(s Scene) { hangUp(s.W) }

// HangUpAt resets the connection after a part of the request's body.
func HangUpAt(part float64) func(Scene) {
	return func(s Scene) {
		io.CopyN(io.Discard, s.R.Body, int64(part*float64(max(s.R.ContentLength-1, 0))))
		hangUp(s.W)
	}
}

// Forget does what is asked for, and resets the connection instead of an answer.
func Forget(s Scene) {
	s.capture()
	hangUp(s.W)
}

// Deny does what is asked for, and answers with an error.
func Deny(status int) func(Scene) {
	return func(s Scene) {
		s.capture()
		Complain(status, "UNKNOWN", "unknown error")(s)
	}
}

// Spoil gives a changed answer.
func Spoil(change func(*Answer)) func(Scene) {
	return func(s Scene) {
		answer := s.capture()
		change(answer)
		answer.head(s.W)
		s.W.Write(answer.body)
	}
}

// Flip gives an answer with one bit changed.
func Flip(s Scene) { Spoil(flip)(s) }

func flip(a *Answer) {
	if len(a.body) > 0 {
		a.body[len(a.body)/2] ^= 1
	}
}

// Pretend takes a manifest or blob and says that it is there now, which it is not.
func Pretend(s Scene) {
	body, _ := io.ReadAll(s.R.Body)
	digest := digestOf(body)
	for _, key := range []string{"mount", "digest"} {
		if value := s.R.URL.Query().Get(key); value != "" {
			digest = value
		}
	}
	s.W.Header().Set("Docker-Content-Digest", digest)
	s.W.Header().Set("Location", "/v2/somewhere/"+digest)
	s.W.WriteHeader(http.StatusCreated)
}

// Mangle stores a manifest as other bytes, as a registry does that writes manifests anew, and says so.
func Mangle(s Scene) {
	body, _ := io.ReadAll(s.R.Body)
	body = append(body, '\n')
	s.R.Body, s.R.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if before, reference, ok := strings.Cut(s.R.URL.Path, "/manifests/sha256:"); ok && reference != "" {
		s.R.URL.Path = before + "/manifests/" + digestOf(body)
	}
	s.Registry.Answer(s.W, s.R)
}

// Redirect sends the client to what a function makes of its request.
func Redirect(status int, to func(*http.Request) string) func(Scene) {
	return func(s Scene) {
		s.W.Header().Set("Location", to(s.R))
		s.W.WriteHeader(status)
	}
}

// Expire takes back all tokens, so that the registry wants another one.
func Expire(s Scene) {
	s.Registry.tokens.revoke()
	s.Registry.Answer(s.W, s.R)
}

// Flood answers with a body without end.
func Flood(status int, headers ...string) func(Scene) {
	chunk := bytes.Repeat([]byte("A flood of words. "), 4<<10)
	return func(s Scene) {
		Status(status, headers...)(s)
		for s.R.Method != http.MethodHead && s.R.Context().Err() == nil {
			if _, err := s.W.Write(chunk); err != nil {
				return
			}
		}
	}
}

func (t *tokens) revoke() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.issued)
}

func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 has streams to end
	}
	switch c := conn.(type) {
	case *net.TCPConn:
		c.SetLinger(0) // a reset, and no orderly end
	case interface{ Reset() }:
		c.Reset()
	}
	conn.Close()
}

// An Answer is what a registry would have said.
type Answer struct {
	Status int
	Header http.Header
	body   []byte
}

// capture lets the registry answer to nobody.
func (s Scene) capture() *Answer {
	rec := httptest.NewRecorder()
	s.Registry.Answer(rec, s.R)
	return &Answer{rec.Code, rec.Header(), rec.Body.Bytes()}
}

func (a *Answer) head(w http.ResponseWriter) {
	for key, values := range a.Header {
		w.Header()[key] = values
	}
	if len(a.body) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.Status)
}
