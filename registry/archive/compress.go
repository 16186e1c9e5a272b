package archive

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// gzipLevel determines the digests of compressed layers, together with package gzip. A test pins some.
const gzipLevel = 6

// A compressor is a reader that compresses another reader with gzip. The header has no name and no time, so the same
// input gives the same output. It needs no goroutine and no file.
type compressor struct {
	from  io.Reader
	chunk []byte
	out   bytes.Buffer
	gzip  *gzip.Writer
	err   error
}

func newCompressor(from io.Reader) *compressor {
	c := &compressor{from: from, chunk: make([]byte, 64<<10)}
	c.gzip, _ = gzip.NewWriterLevel(&c.out, gzipLevel) // no error: the level is valid
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
	c.gzip.Write(c.chunk[:n]) // no error: it writes to memory
	if err == io.EOF {
		c.gzip.Close()
	}
	return err
}

// The samples that estimate what compression would save.
const (
	samples    = 8
	sampleSize = 64 << 10
)

// note prints a note, once for each image, if layers are not compressed. The caller holds synthesizing.
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
	b.options.Note(fmt.Sprintf("%s: %s not compressed; --compress gzip saves about %.0f %%", what, layers, 100-100*less/max(all, 1)))
}

// ratio estimates the compression ratio of a layer from samples. It is 1 for a layer that cannot be read: the read
// of the layer reports the error.
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

// skip skips bytes, without a read if the content can seek.
func skip(content io.Reader, n int64) error {
	if s, ok := content.(io.Seeker); ok {
		_, err := s.Seek(n, io.SeekCurrent)
		return err
	}
	_, err := io.CopyN(io.Discard, content, n)
	return err
}
