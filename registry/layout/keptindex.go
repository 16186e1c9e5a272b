package layout

import (
	"bytes"
	"io/fs"
	"os"
	"sync"
	"time"
)

// A KeptIndex keeps a large index.json while the file does not change. Each manifest of an image is looked up in
// index.json, so a read for each would take quadratic time.
type KeptIndex struct {
	mu   sync.Mutex
	last index
	info fs.FileInfo // of the file that was read last
}

// An indexKeeper is [Files] that keep a KeptIndex. The info is that of index.json now. Files that never change
// have no info.
type indexKeeper interface {
	KeptIndex() (kept *KeptIndex, info fs.FileInfo)
}

// largeIndex is the size from which an index is kept.
const largeIndex = 64 << 10

// settled is the age from which the time of a file identifies its version, because file systems have coarse clocks.
const settled = 2 * time.Second

// read reads index.json, or returns the kept one. One goroutine reads at a time.
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

// isSame reports whether the kept index is that of the file.
func (k *KeptIndex) isSame(info fs.FileInfo) bool {
	if info == nil || k.info == nil {
		return info == nil && k.info == nil
	}
	return os.SameFile(info, k.info) && info.Size() == k.info.Size() && info.ModTime().Equal(k.info.ModTime()) &&
		time.Since(info.ModTime()) > settled
}
