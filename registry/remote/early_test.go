package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A run that ends between two tries tells why the first one failed.
func TestEndedTriesKeepTheirWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		transport := answers(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"30"}}, Body: http.NoBody}, nil
		})
		_, err := open(t, Options{Transport: transport}, "reg.test", "a")[0].Manifest(ctx, tag("x"))
		if err == nil || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "503 Service Unavailable") {
			t.Errorf("error %v", err)
		}
	})
}

// A server that refuses a large blob before it has it all, and hangs up, is heard.
func TestEarlyRefusalIsHeard(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go refuseEarly(conn)
		}
	}()
	large := blobsOf(8 << 20)
	for range 20 {
		r := open(t, Options{}, listener.Addr().String(), "a")[0]
		_, err := r.PutBlob(t.Context(), large.all[0], large.memory)
		if !errors.Is(err, registry.ErrRefused) || !strings.Contains(err.Error(), "413 Request Entity Too Large: not that much") {
			t.Fatalf("error %v", err)
		}
	}
}

// refuseEarly answers as a proxy with a limit does, and does not read what is sent.
func refuseEarly(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		switch req.Method {
		case http.MethodPost:
			fmt.Fprint(conn, "HTTP/1.1 202 Accepted\r\nLocation: /upload\r\nContent-Length: 0\r\n\r\n")
		case http.MethodPut:
			fmt.Fprint(conn, "HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 13\r\nConnection: close\r\n\r\nnot that much")
			return
		default:
			fmt.Fprint(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
		}
	}
}
