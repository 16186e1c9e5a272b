// Package cachedir keeps manifests and configs in a folder, for later runs. Content with a digest never changes, so no
// file is ever out of date. Whatever is wrong with the folder or a file in it, a caller gets nothing and asks the
// registry.
package cachedir

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

const (
	// Limit is the size of all files together. A file counts as whole blocks, as on most disks.
	Limit = 512 << 20
	block = 4 << 10
	// maxContent is the largest content that is kept.
	maxContent = 1 << 20
	// parts is the number of folders in the folder. Each has its share of the limit, so that a process lists few files at a time.
	parts = 64
	// magic begins the first line of each file. The media type of the content is the rest of the line.
	magic = "manifest-tool cache 1 "
	// maxLine is the longest first line.
	maxLine = 512
	// renewal is how old the time of a file may be when it is read. Then the file gets a new time.
	renewal = 24 * time.Hour
)

// A Dir is a folder of manifests and configs. Any number of processes may use it at a time. A nil Dir keeps nothing.
type Dir struct {
	path     string
	readOnly atomic.Bool
	shares   [parts]share
	limit    int64 // of each share
}

// New returns the cache in a folder, which need not exist.
func New(path string) *Dir { return &Dir{path: path, limit: Limit / parts} }

// A Key is what a file is found by. The name of the file is a hash of the key, and shows no name of a
// repository.
type Key struct {
	Scope  string // the repository, and the login that has read it
	Digest v1.Hash
}

func (k Key) hash() [sha256.Size]byte {
	return sha256.Sum256([]byte(k.Scope + "\n" + k.Digest.String()))
}

// file returns the path of the file of a key, and the share that it belongs to.
func (d *Dir) file(k Key) (path string, at int) {
	hash := k.hash()
	at = int(hash[0]) % parts
	return filepath.Join(d.folder(at), hex.EncodeToString(hash[:])), at
}

func (d *Dir) folder(at int) string { return filepath.Join(d.path, fmt.Sprintf("%02x", at)) }

// Get returns content with the right digest.
func (d *Dir) Get(k Key) (registry.Manifest, bool) {
	if d == nil || k.Digest == (v1.Hash{}) {
		return registry.Manifest{}, false
	}
	path, _ := d.file(k)
	raw, err := read(path)
	if err != nil {
		return registry.Manifest{}, false
	}
	head, content, _ := bytes.Cut(raw, []byte("\n"))
	mediaType, ok := bytes.CutPrefix(head, []byte(magic))
	m := registry.NewManifest(types.MediaType(mediaType), content)
	return m, ok && m.Digest == k.Digest
}

// read reads a regular file, and gives a file that is used a new time: the oldest files are removed first.
func read(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() { // opening a pipe would wait for its other end
		return nil, os.ErrNotExist
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if now := time.Now(); now.Sub(info.ModTime()) > renewal {
		os.Chtimes(path, now, now) // on a read-only disk the file keeps its time
	}
	return io.ReadAll(io.LimitReader(f, maxLine+maxContent+1))
}

// Put keeps content. The content has to have the digest of the key. What cannot be written is not kept. After the first
// failure nothing more is written: the disk is full or read-only, or the folder belongs to another user.
func (d *Dir) Put(k Key, m registry.Manifest) {
	if d == nil || len(m.Bytes) > maxContent || len(m.MediaType) > maxLine/2 || m.Digest != k.Digest || d.readOnly.Load() {
		return
	}
	path, at := d.file(k)
	head := magic + string(m.MediaType) + "\n"
	if bytes.Count([]byte(head), []byte("\n")) != 1 {
		return
	}
	d.shares[at].makeRoom(d.folder(at), d.limit, int64(len(head)+len(m.Bytes)))
	if err := d.write(path, []byte(head), m.Bytes); err != nil && !errors.Is(err, fs.ErrNotExist) { // or the folder was removed
		d.readOnly.Store(true)
	}
}

// write writes a file whole or not at all. It does not wait for the disk: a file that a power cut damages has the wrong
// digest.
func (d *Dir) write(path string, parts ...[]byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new-*") // with mode 0600
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err == nil {
			_, err = f.Write(part)
		}
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		return nil
	}
	os.Remove(f.Name())
	if _, statErr := os.Lstat(path); statErr == nil {
		return nil // Windows replaces no file that another process reads
	}
	return err
}

// ScopeOf is the scope of a repository for a login. Another login does not find what this one has read. The name of a
// login is no secret, and only its hash is written.
func ScopeOf(repository, login string) string { return strconv.Quote(login) + " " + repository }
