package remote

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// The types and flags of HTTP/2 frames (RFC 9113, section 6).
const (
	frameData         = 0x0
	frameHeaders      = 0x1
	framePriority     = 0x2
	frameReset        = 0x3
	frameSettings     = 0x4
	framePushPromise  = 0x5
	framePing         = 0x6
	frameGoAway       = 0x7
	frameWindowUpdate = 0x8
	frameContinuation = 0x9
	frameUnknown      = 0xbe

	flagEndHeaders = 0x4
	flagPadded     = 0x8
)

// Header blocks in the form of RFC 7541: an index of the static table, or a literal.
const (
	status200   = "\x88\x0f\x10\x27application/vnd.oci.image.index.v1+json" // with its content type
	status103   = "\x08\x03103"
	largeHeader = "\x00\x01x\x7f\x80\x7d" // a value of 16127 bytes follows
)

// frame is one frame: a header of nine bytes and the payload (RFC 9113, section 4.1).
func frame(kind, flags byte, stream uint32, payload string) string {
	n := len(payload)
	head := []byte{byte(n >> 16), byte(n >> 8), byte(n), kind, flags}
	return string(binary.BigEndian.AppendUint32(head, stream)) + payload
}

// A flood is what a server sends when a request has come: some frames once, and others until the connection ends.
type flood struct{ once, again func(stream uint32) string }

// sent gives a frame for a stream. The frames that are about the whole connection have the stream 0.
func sent(kind, flags byte, payload string) func(uint32) string {
	return func(stream uint32) string {
		switch kind {
		case frameSettings, framePing, frameGoAway, frameWindowUpdate:
			stream = 0
		}
		return frame(kind, flags, stream, payload)
	}
}

func floods() map[string]flood {
	answered := sent(frameHeaders, flagEndHeaders, status200)
	begun := sent(frameHeaders, 0, status200)
	none := func(uint32) string { return "" }
	return map[string]flood{
		"CONTINUATION":       {begun, sent(frameContinuation, 0, largeHeader+strings.Repeat("a", 16127))},
		"empty CONTINUATION": {begun, sent(frameContinuation, 0, "")},
		"PUSH_PROMISE":       {none, sent(framePushPromise, flagEndHeaders, "\x00\x00\x00\x02"+status200)},
		"empty DATA":         {answered, sent(frameData, 0, "")},
		"DATA of padding":    {answered, sent(frameData, flagPadded, "\xff"+strings.Repeat("\x00", 255))},
		"DATA without end":   {answered, sent(frameData, 0, " ")},
		"PING":               {none, sent(framePing, 0, "12345678")},
		"PING after HEADERS": {answered, sent(framePing, 0, "12345678")},
		"SETTINGS":           {none, sent(frameSettings, 0, "\x00\x04\x00\x01\x00\x00")},
		"WINDOW_UPDATE":      {none, sent(frameWindowUpdate, 0, "\x00\x00\x00\x01")},
		"PRIORITY":           {none, sent(framePriority, 0, "\x00\x00\x00\x00\x01")},
		"unknown frames":     {none, sent(frameUnknown, 0, "x")},
		"early hints":        {none, sent(frameHeaders, flagEndHeaders, status103)},
		"RST_STREAM":         {sent(frameReset, 0, "\x00\x00\x00\x01"), none},
		"RST_STREAM refused": {sent(frameReset, 0, "\x00\x00\x00\x07"), none},
		"RST_STREAM in body": {func(stream uint32) string { return answered(stream) + frame(frameReset, 0, stream, "\x00\x00\x00\x02") }, none},
		"GOAWAY":             {sent(frameGoAway, 0, "\x00\x00\x00\x00\x00\x00\x00\x00"), none},
		"GOAWAY too much":    {sent(frameGoAway, 0, "\x00\x00\x00\x00\x00\x00\x00\x0b"), none},
		"nothing":            {none, none},
	}
}

const (
	floodPause = 100 * time.Millisecond
	floodBurst = 8 // frames between two pauses
)

// serve answers the requests of one connection, until the connection ends.
func (f flood) serve(conn net.Conn) {
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
		return
	}
	requests := make(chan uint32, 100)
	go readRequests(conn, requests)
	next, stream, asked := frame(frameSettings, 0, 0, ""), uint32(0), true
	for {
		if _, err := io.WriteString(conn, next); err != nil {
			return
		}
		next = ""
		select {
		case stream, asked = <-requests:
			if !asked {
				return
			}
			next = f.once(stream)
		case <-time.After(floodPause):
		}
		if stream != 0 {
			next += strings.Repeat(f.again(stream), floodBurst)
		}
	}
}

// readRequests reads all frames and passes on the streams of the requests. It ends with the connection.
func readRequests(conn net.Conn, requests chan<- uint32) {
	defer close(requests)
	head := make([]byte, 9)
	for {
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, conn, int64(head[0])<<16|int64(head[1])<<8|int64(head[2])); err != nil {
			return
		}
		if head[3] == frameHeaders {
			requests <- binary.BigEndian.Uint32(head[5:])
		}
	}
}

// flooded is a repository of a registry that answers each request with a flood, on connections within the process.
func flooded(t *testing.T, f flood) *Repository {
	authority := registrytest.NewAuthority(t)
	certificate, err := tls.X509KeyPair(authority.Issue(t, "reg.test"))
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2"}}
	return open(t, Options{
		TLS:   func(string, string) (*tls.Config, error) { return &tls.Config{RootCAs: authority.Pool()}, nil },
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
		Dial: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go f.serve(tls.Server(theirs, config))
			return ours, nil
		},
	}, "reg.test", "a")[0]
}

// A server that floods HTTP/2 connections costs at most the time of all tries of a request, and ends with an error in
// words. No goroutine is left: synctest.Test fails where one is.
func TestFloods(t *testing.T) {
	log.SetOutput(io.Discard) // net/http logs some of the frames
	defer log.SetOutput(os.Stderr)
	for name, f := range floods() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := flooded(t, f)
				start := time.Now()
				_, err := r.Manifest(t.Context(), tag("x"))
				took := time.Since(start)
				words := "GET https://reg.test/v2/a/manifests/x: "
				if !errors.Is(err, registry.ErrUnavailable) || !strings.HasPrefix(err.Error(), words) || len(err.Error()) < len(words)+10 {
					t.Errorf("error %v", err)
				}
				if took > tryTime+headerTimeout {
					t.Errorf("given up after %s", took)
				}
				t.Logf("after %s: %v", took, err)
				synctest.Wait() // the last stream ends before the session is closed
			})
		})
	}
}
