package archive

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// gzipLevel is part of the digests that --compress gives, as is package gzip: a test pins some.
const gzipLevel = 6

// A compressor is a reader of what another reads, compressed with gzip: without name or time in the
// header, so that the same bytes become the same bytes. It needs no goroutine and no file.
type compressor struct {
	from  io.Reader
	chunk []byte
	out   bytes.Buffer
	gzip  *gzip.Writer
	err   error
}

func newCompressor(from io.Reader) *compressor {
	c := &compressor{from: from, chunk: make([]byte, 64<<10)}
	c.gzip, _ = gzip.NewWriterLevel(&c.out, gzipLevel) // the level is right
	return c
}

func (c *compressor) Read(p []byte) (int, error) {
	for c.out.Len() == 0 && c.err == nil {
		c.err = c.more()
	}
	if c.out.Len() > 0 {
		return c.out.Read(p)
	}
	return 0, c.err
}

// more compresses the next chunk.
func (c *compressor) more() error {
	var n int
	var err error
	for n < len(c.chunk) && err == nil {
		var more int
		more, err = c.from.Read(c.chunk[n:])
		n += more
	}
	c.gzip.Write(c.chunk[:n]) // into memory: cannot fail
	if err == io.EOF {
		c.gzip.Close()
	}
	return err
}

// What is compressed to guess what compressing would save.
const (
	samples    = 8
	sampleSize = 64 << 10
)

// note tells, once, of layers that are not compressed, and what that costs. The lock is held.
func (b builder) note(name string, plain []entry) {
	if len(plain) == 0 || b.options.Note == nil || b.synthesized.noted[name] {
		return
	}
	b.synthesized.noted[name] = true
	var all, less float64
	for _, e := range plain {
		all += float64(e.size)
		less += float64(e.size) * b.ratio(e)
	}
	what := b.options.Kind.String() + ":" + b.path
	if name != "" {
		what += ":" + name
	}
	layers := "1 layer is"
	if len(plain) > 1 {
		layers = fmt.Sprintf("%d layers are", len(plain))
	}
	b.options.Note(fmt.Sprintf("%s: %s not compressed; --compress gzip would save about %.0f %%", what, layers, 100-100*less/max(all, 1)))
}

// ratio is how small a layer becomes, from some samples of it. A layer that cannot be read is not
// smaller: the error comes where it matters.
func (b builder) ratio(e entry) float64 {
	content, err := b.content(b.ctx, e)
	if err != nil {
		return 1
	}
	step := max(e.size/samples, sampleSize)
	var in, out int64
	for at := int64(0); at < e.size; at += step {
		sample := io.LimitReader(content, sampleSize)
		taken := &counter{r: sample}
		n, err := io.Copy(io.Discard, newCompressor(taken))
		in, out = in+taken.n, out+n
		if err == nil {
			err = skip(content, step-taken.n)
		}
		if err != nil {
			break
		}
	}
	if in == 0 {
		return 1
	}
	return min(float64(out)/float64(in), 1)
}

// skip goes on in a content without reading it, where that can be.
func skip(content io.Reader, n int64) error {
	if s, ok := content.(io.Seeker); ok {
		_, err := s.Seek(n, io.SeekCurrent)
		return err
	}
	_, err := io.CopyN(io.Discard, content, n)
	return err
}
