package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxResumes is how often the read of a blob reconnects.
const maxResumes = maxTries - 1

// A resumed blob continues after a broken connection with a range request (RFC 9110, 14.2). The check of the digest,
// outside of this type, shows whether the parts fit.
type resumed struct {
	io.ReadCloser
	ctx     context.Context
	client  *client
	request request
	size    int64
	read    int64
	resumes int
	since   int64 // the bytes read before the last break
}

// fairShare is the number of bytes after which a break is not counted in maxResumes.
const fairShare = 64 << 20

// String returns the request for messages.
func (b *resumed) String() string { return b.client.host.name(b.request) }

func (b *resumed) Read(p []byte) (int, error) {
	for {
		n, err := b.ReadCloser.Read(p)
		b.read += int64(n)
		if err == nil || errors.Is(err, io.EOF) {
			return n, err
		}
		if b.read == b.size { // only the end of the answer was lost
			return n, io.EOF
		}
		if err := b.resume(err); err != nil {
			return n, transportError(b.request, b.client.host, err)
		}
		if n > 0 {
			return n, nil
		}
	}
}

// resume reconnects after a broken connection. It does not reconnect to a server that was too slow.
func (b *resumed) resume(after error) error {
	if b.read-b.since >= fairShare {
		b.resumes = 0
	}
	b.since = b.read
	if b.resumes == maxResumes {
		return stopTrying{after}
	}
	if b.read == 0 || b.read >= b.size || b.ctx.Err() != nil || tooSlow(after) {
		return after
	}
	b.resumes++
	b.ReadCloser.Close() // this also releases its slot
	req := b.request
	req.header, req.tries = http.Header{"Range": {fmt.Sprintf("bytes=%d-%d", b.read, b.size-1)}}, 1 // some servers need the end of the range
	resp, err := b.client.do(b.ctx, req, http.StatusPartialContent)
	if err != nil {
		return after // the server does not support ranges, or does not answer
	}
	b.ReadCloser = resp.Body
	if want := fmt.Sprintf("bytes %d-", b.read); !strings.HasPrefix(resp.Header.Get("Content-Range"), want) {
		return after
	}
	return nil
}
