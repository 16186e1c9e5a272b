package archive

import (
	"bufio"
	"compress/gzip"
	"context"
	"io"
	"os"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A source is the tar in the file, compressed or not.
//
// A compressed tar has no random access. It is decompressed once to read the headers, and again up to the end of
// each blob that is sent. This takes time, but no memory and no disk. Small files (manifests, configs) are kept from
// the first pass.
type source struct {
	file       *os.File
	size       int64
	compressed bool
	free       int64 // the ratio is not checked before this number of bytes
}

// A reader reads the tar from its start and knows its position.
type reader interface {
	io.Reader
	position() int64
	keep(size int64) bool // whether to keep a content of this size
}

// start opens the tar for one pass.
func (s *source) start(ctx context.Context) (reader, error) {
	raw := io.NewSectionReader(s.file, 0, s.size)
	if !s.compressed {
		return &plain{ctx, raw}, nil
	}
	z, err := gzip.NewReader(bufio.NewReaderSize(&plain{ctx, raw}, readBuffer))
	if err != nil {
		return nil, unexpected(err)
	}
	return &inflated{ctx: ctx, in: raw, gzip: z, free: s.free, room: keptInSum}, nil
}

// open opens the content of an entry.
func (s *source) open(ctx context.Context, e entry) (io.Reader, error) {
	if !s.compressed {
		return &plain{ctx, io.NewSectionReader(s.file, e.offset, e.size)}, nil
	}
	r, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, r, e.offset); err != nil {
		return nil, unexpected(err)
	}
	return io.LimitReader(r, e.size), nil
}

// unexpected turns io.EOF into io.ErrUnexpectedEOF.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// plain is a part of the file. It can seek, so package tar skips contents.
type plain struct {
	ctx context.Context
	*io.SectionReader
}

func (p *plain) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.SectionReader.Read(b)
}

func (p *plain) position() int64 {
	at, _ := p.Seek(0, io.SeekCurrent) // cannot fail
	return at
}

func (p *plain) keep(int64) bool { return false }

// Limits on decompression. A bomb costs only time, because its content is not kept. Only files full of zeros reach
// the ratio in real archives.
const (
	maxRatio   = 200
	anyRatio   = 1 << 30 // bytes without a check of the ratio
	keptFile   = 64 << 10
	keptInSum  = 16 << 20
	readBuffer = 64 << 10
)

// inflated decompresses the file.
type inflated struct {
	ctx  context.Context
	in   *io.SectionReader
	gzip *gzip.Reader
	n    int64
	free int64
	room int64 // bytes left for kept files
}

func (i *inflated) Read(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := i.gzip.Read(b)
	i.n += int64(n)
	if err != nil && err != io.EOF && i.ctx.Err() == nil {
		err = registry.Errorf(registry.ErrUnverified, "cannot decompress: %w", err)
	}
	if at, _ := i.in.Seek(0, io.SeekCurrent); i.n > i.free && i.n/maxRatio > at {
		return 0, registry.Errorf(registry.ErrUnverified, "%d compressed bytes decompress to more than %d bytes, as in a decompression bomb", at, i.n)
	}
	return n, err
}

func (i *inflated) position() int64 { return i.n }

func (i *inflated) keep(size int64) bool {
	if size > keptFile || size > i.room {
		return false
	}
	i.room -= size
	return true
}
