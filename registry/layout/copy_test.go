package layout_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
)

// A counter counts how often its blobs are asked for, and fails or waits in the middle of them.
type counter struct {
	repositorytest.Memory
	opened atomic.Int32
	middle func() error
}

func (c *counter) Blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	c.opened.Add(1)
	content, err := c.Memory.Blob(ctx, d)
	if err != nil || c.middle == nil {
		return content, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(content, d.Size/2), readFunc(c.middle), content), content}, nil
}

type readFunc func() error

func (f readFunc) Read([]byte) (int, error) {
	if err := f(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

func TestWrittenOnce(t *testing.T) {
	repo := open(t, filepath.Join(t.TempDir(), "new"))
	var source counter
	source.middle = func() error { time.Sleep(10 * time.Millisecond); return nil }
	d := source.AddBlob("", bytes.Repeat([]byte("blob"), 10_000))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := repo.PutBlob(t.Context(), d, &source); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := source.opened.Load(); n != 1 {
		t.Errorf("the blob was read %d times", n)
	}
}

// TestFailedCopy: nothing is left of a blob whose source fails, lies, or is cancelled half way.
func TestFailedCopy(t *testing.T) {
	l := newLayout(t)
	l.index(named(l.blob(emptyIndex("a")), refName, "v1"))
	before, content := files(t, l.dir), l.read("index.json")
	broken := errors.New("the source broke")
	for name, fail := range map[string]func(cancel func()) error{
		"broken":    func(func()) error { return broken },
		"short":     func(func()) error { return io.EOF },
		"cancelled": func(cancel func()) error { cancel(); return context.Canceled },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			half := func() error {
				if !strings.Contains(strings.Join(files(t, l.dir), " "), ".manifest-tool-") {
					t.Error("the blob is not written to a temporary file")
				}
				return fail(cancel)
			}
			source := &counter{middle: half}
			d := source.AddBlob("", bytes.Repeat([]byte("blob"), 100_000))
			if name == "short" {
				d.Size += 10
			}
			repo := open(t, l.dir)
			if _, err := repo.PutBlob(ctx, d, source); err == nil || !strings.Contains(err.Error(), l.dir) {
				t.Errorf("PutBlob = %v", err)
			}
			if after := files(t, l.dir); !reflect.DeepEqual(before, after) || l.read("index.json") != content {
				t.Errorf("the files were %q, they are %q", before, after)
			}
		})
	}
}

// TestReadersMeanwhile: who reads while somebody writes sees the old index.json or the new one.
func TestReadersMeanwhile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	writer := open(t, dir)
	mustPut(t, writer, tag("v1"), index("0"))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		reader := open(t, dir)
		readers.Go(func() {
			for {
				if _, err := reader.Manifest(t.Context(), tag("v1")); err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range 30 {
		mustPut(t, writer, tag("v1"), index(strings.Repeat("x", i)))
	}
	close(done)
	readers.Wait()
	wantSound(t, dir)
}
