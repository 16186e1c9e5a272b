package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxResumes is how often a blob goes on after its connection broke.
const maxResumes = 3

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
}

func (b *resumed) Read(p []byte) (int, error) {
	for {
		n, err := b.ReadCloser.Read(p)
		b.read += int64(n)
		if err == nil || errors.Is(err, io.EOF) && b.read >= b.size {
			return n, err
		}
		if b.resume() != nil {
			if !errors.Is(err, io.EOF) {
				err = transportError(b.request, b.client.host, err)
			}
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

func (b *resumed) resume() error {
	if b.resumes == maxResumes || b.read == 0 || b.ctx.Err() != nil {
		return io.ErrUnexpectedEOF
	}
	b.resumes++
	b.ReadCloser.Close() // and gives its slot back, if it has one of its own
	req := b.request
	req.header, req.tries = http.Header{"Range": {fmt.Sprintf("bytes=%d-", b.read)}}, 1
	resp, err := b.client.do(b.ctx, req, http.StatusPartialContent)
	if err != nil {
		return err
	}
	b.ReadCloser = resp.Body
	if want := fmt.Sprintf("bytes %d-", b.read); !strings.HasPrefix(resp.Header.Get("Content-Range"), want) {
		return io.ErrUnexpectedEOF
	}
	return nil
}
