package layout

import (
	"bytes"
	"io/fs"
	"os"
	"sync"
	"time"
)

// A KeptIndex keeps what a large index.json says as long as the file stays the same. Each manifest of an image
// is looked for in index.json, so reading it each time would take the square of its length.
type KeptIndex struct {
	mu   sync.Mutex
	last index
	info fs.FileInfo // of the file that last was read from
}

// An indexKeeper is [Files] that keep a KeptIndex. The info is that of index.json now. Files that never change
// have no info.
type indexKeeper interface {
	KeptIndex() (kept *KeptIndex, info fs.FileInfo)
}

// largeIndex is the size from which an index is kept.
const largeIndex = 64 << 10

// settled is how old a file has to be for its time to tell two versions apart: file systems count in coarse steps.
const settled = 2 * time.Second

// read reads index.json, or gives what is kept. One goroutine reads at a time.
func (k *KeptIndex) read(files Files, info fs.FileInfo) (index, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last.raw != nil && k.isSame(info) {
		return k.last, nil
	}
	raw, err := files.ReadFile(indexFile)
	if err != nil {
		return index{}, err
	}
	if k.last.raw != nil && bytes.Equal(k.last.raw, raw) {
		k.info = info
		return k.last, nil
	}
	x, err := parseIndex(raw)
	if err == nil && len(raw) >= largeIndex {
		k.last, k.info = x, info
	}
	return x, unreadable(files, err)
}

// isSame tells whether index.json is the file that is kept, without reading it.
func (k *KeptIndex) isSame(info fs.FileInfo) bool {
	if info == nil || k.info == nil {
		return info == nil && k.info == nil
	}
	return os.SameFile(info, k.info) && info.Size() == k.info.Size() && info.ModTime().Equal(k.info.ModTime()) &&
		time.Since(info.ModTime()) > settled
}
