package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxResumes is how often a blob goes on after its connection broke. Where it breaks each time there is
// no starting over.
const maxResumes = maxTries - 1

// A resumed blob goes on from where its connection broke, where the server gives ranges (RFC 9110,
// 14.2). Whether the parts fit together shows in the digest, which whoever reads it checks.
type resumed struct {
	io.ReadCloser
	ctx     context.Context
	client  *client
	request request
	size    int64
	read    int64
	resumes int
	since   int64 // what was read when it last broke
}

// fairShare is how much has to come before a connection may break again without that being counted.
const fairShare = 64 << 20

// String is where it comes from.
func (b *resumed) String() string { return b.client.host.name(b.request) }

func (b *resumed) Read(p []byte) (int, error) {
	for {
		n, err := b.ReadCloser.Read(p)
		b.read += int64(n)
		if err == nil || errors.Is(err, io.EOF) {
			return n, err
		}
		if b.read == b.size { // only the end of the answer got lost
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

// resume goes on after a connection broke. One that we gave up ourselves was too slow, which the next
// would be too.
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
	b.ReadCloser.Close() // and gives its slot back, if it has one of its own
	req := b.request
	req.header, req.tries = http.Header{"Range": {fmt.Sprintf("bytes=%d-%d", b.read, b.size-1)}}, 1 // not all servers take a range without an end
	resp, err := b.client.do(b.ctx, req, http.StatusPartialContent)
	if err != nil {
		return after // it gives no ranges, or nothing at all: starting over tells
	}
	b.ReadCloser = resp.Body
	if want := fmt.Sprintf("bytes %d-", b.read); !strings.HasPrefix(resp.Header.Get("Content-Range"), want) {
		return after
	}
	return nil
}
