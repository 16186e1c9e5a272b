package cachedir

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// A share is one of the folders in the folder, and the limit on the size of its files.
type share struct {
	mu   sync.Mutex
	left int64 // how much may be written before the files are counted again
}

// makeRoom removes the oldest files if there is no room for a new one. It counts the files before the first write of a
// process, and again after a quarter of the share was written, because other processes write too.
func (s *share) makeRoom(folder string, limit, size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left -= blocks(size); s.left > 0 {
		return
	}
	const writes = 4 // between two counts
	s.left = limit / writes
	removeOldest(folder, limit-limit/writes)
}

// blocks is the size that a file takes on the disk.
func blocks(size int64) int64 { return (size + block - 1) / block * block }

// A cached is a file in the folder of a share.
type cached struct {
	name string
	size int64
	time time.Time
}

// removeOldest removes the oldest files until the others are within the limit. Files that processes left unfinished
// count, too: in time they are the oldest.
func removeOldest(folder string, limit int64) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	var files []cached
	var all int64
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.Mode().Type() != fs.FileMode(0) {
			continue // another process has removed the file, or somebody else has put something here
		}
		files = append(files, cached{entry.Name(), blocks(info.Size()), info.ModTime()})
		all += blocks(info.Size())
	}
	slices.SortStableFunc(files, func(a, b cached) int { return cmp.Or(a.time.Compare(b.time), cmp.Compare(a.name, b.name)) })
	for _, f := range files {
		if all <= limit {
			return
		}
		if os.Remove(filepath.Join(folder, f.name)) == nil {
			all -= f.size
		}
	}
}
