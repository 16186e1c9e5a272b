package registrytest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// A Request is one line of the request log.
type Request struct {
	Method     string
	Host       string
	Path       string
	Query      url.Values
	Header     http.Header
	Authorized bool  // it had an Authorization header, right or wrong
	Status     int   // 0 as long as there is no answer, and if there never is one
	Body       int64 // bytes of its body that were read

	Start, End time.Time // End is zero as long as it is under way
}

// String is the request in one line, the query with its keys in order.
func (r Request) String() string {
	target := r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	return fmt.Sprintf("%s %s %d", r.Method, target, r.Status)
}

// Requests returns the requests so far, in the order in which they came. Those that are still being
// answered are among them.
func (g *Registry) Requests() []Request {
	g.log.mu.Lock()
	defer g.log.mu.Unlock()
	requests := make([]Request, 0, len(g.log.entries))
	for _, entry := range g.log.entries {
		r := *entry
		r.Query, r.Header = url.Values(http.Header(r.Query).Clone()), r.Header.Clone()
		requests = append(requests, r)
	}
	return requests
}

// ResetRequests empties the log.
func (g *Registry) ResetRequests() {
	g.log.mu.Lock()
	defer g.log.mu.Unlock()
	g.log.entries = nil
}

type requestLog struct {
	mu      sync.Mutex
	entries []*Request
}

// begin writes down a request and returns the writer that will note what becomes of it.
func (l *requestLog) begin(w http.ResponseWriter, r *http.Request) *recorder {
	entry := &Request{
		Method:     r.Method,
		Host:       r.Host,
		Path:       r.URL.Path,
		Query:      r.URL.Query(),
		Header:     r.Header.Clone(),
		Authorized: len(r.Header["Authorization"]) > 0,
		Start:      time.Now(),
	}
	l.mu.Lock()
	l.entries = append(l.entries, entry)
	l.mu.Unlock()
	rec := &recorder{ResponseWriter: w, log: l, entry: entry}
	if r.Body == nil { // never so in a server, but in a call by hand
		r.Body = http.NoBody
	}
	r.Body = recordedBody{r.Body, rec}
	return rec
}

// A recorder notes the status before it goes out, so that a client that has its answer finds it in
// the log.
type recorder struct {
	http.ResponseWriter
	log      *requestLog
	entry    *Request
	hijacked bool
}

func (rec *recorder) WriteHeader(status int) {
	if status >= http.StatusOK {
		rec.note(status)
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(p []byte) (int, error) {
	rec.note(http.StatusOK)
	return rec.ResponseWriter.Write(p)
}

// Flush and Hijack are for interceptors.
func (rec *recorder) Flush() {
	rec.note(http.StatusOK)
	http.NewResponseController(rec.ResponseWriter).Flush() // as http.Flusher has it
}

func (rec *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(rec.ResponseWriter).Hijack()
	rec.hijacked = err == nil
	return conn, rw, err
}

// note keeps the first status.
func (rec *recorder) note(status int) {
	rec.log.mu.Lock()
	defer rec.log.mu.Unlock()
	if rec.entry.Status == 0 {
		rec.entry.Status = status
	}
}

// end is for a handler that returned without a word: net/http answers 200 then.
func (rec *recorder) end() {
	if !rec.hijacked {
		rec.note(http.StatusOK)
	}
}

func (rec *recorder) over() {
	rec.log.mu.Lock()
	defer rec.log.mu.Unlock()
	rec.entry.End = time.Now()
}

// A recordedBody counts the bytes that are read of it.
type recordedBody struct {
	io.ReadCloser
	rec *recorder
}

func (b recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.rec.log.mu.Lock()
	b.rec.entry.Body += int64(n)
	b.rec.log.mu.Unlock()
	return n, err
}
