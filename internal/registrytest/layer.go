package registrytest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"math/rand/v2"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// layer returns a gzipped tar with one file, and the digest of the tar. Nothing is compressed, so that
// a newer compressor in Go's library makes no other bytes.
func layer(name string, content []byte) (blob []byte, diffID v1.Hash) {
	var archive bytes.Buffer
	tw := tar.NewWriter(&archive)
	must(tw.WriteHeader(&tar.Header{
		Name: name, Mode: 0o755, Size: int64(len(content)), ModTime: epoch, Format: tar.FormatUSTAR,
	}))
	must2(tw.Write(content))
	must(tw.Close())

	var packed bytes.Buffer
	zw := writers.Get().(*gzip.Writer)
	defer writers.Put(zw)
	zw.Reset(&packed)
	must2(zw.Write(archive.Bytes()))
	must(zw.Close())
	return packed.Bytes(), hashOf(archive.Bytes())
}

// writers are used again, because each has 800 KB of tables.
var writers = sync.Pool{New: func() any {
	zw, err := gzip.NewWriterLevel(nil, gzip.NoCompression)
	must(err)
	return zw
}}

// noise returns bytes that cannot be compressed and depend on nothing but the seed.
func noise(seed []byte, size int) []byte {
	content := make([]byte, size)
	must2(rand.NewChaCha8(sha256.Sum256(seed)).Read(content))
	return content
}

func hashOf(b []byte) v1.Hash {
	h, err := v1.NewHash(digestOf(b))
	must(err)
	return h
}

// must is for what can only fail by a mistake in this package: writing to memory, for one.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func must2(_ int, err error) { must(err) }
