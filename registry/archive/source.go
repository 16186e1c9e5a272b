package archive

import (
	"bufio"
	"compress/gzip"
	"context"
	"io"
	"os"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A source is the tar, which lies in a file as it is, or compressed.
//
// A compressed one cannot be read from the middle. It is decompressed once to find what is where, and
// once more for each of the blobs that are sent, up to their end: time for memory and disk, of which
// both stay as they were. What is small (manifests, configs) is kept from the first time.
type source struct {
	file       *os.File
	size       int64
	compressed bool
	free       int64 // bytes that may be of any ratio
}

// A reader reads the tar from its start, and knows how far it has come.
type reader interface {
	io.Reader
	position() int64
	keep(size int64) bool // whether a content of this size is to be kept
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

// open reads a content.
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

// unexpected is for an end that comes too early.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// plain is a part of the file. It can seek, so that package tar skips contents.
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

// Bounds of decompression. Nothing but time is lost to a bomb, as nothing of it is kept; real archives
// stay far below, but for files full of zeros.
const (
	maxRatio   = 200
	anyRatio   = 1 << 30 // bytes before the ratio counts
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
	room int64 // left for what is kept
}

func (i *inflated) Read(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := i.gzip.Read(b)
	i.n += int64(n)
	if err != nil && err != io.EOF && i.ctx.Err() == nil {
		err = registry.Errorf(registry.ErrUnverified, "decompress it: %w", err)
	}
	if at, _ := i.in.Seek(0, io.SeekCurrent); i.n > i.free && i.n/maxRatio > at {
		return 0, registry.Errorf(registry.ErrUnverified, "%d bytes became more than %d: a bomb", at, i.n)
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
