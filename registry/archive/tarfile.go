package archive

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// What an archive may hold at most. Names are all that is kept of it in memory.
const (
	maxEntries = 1 << 16
	maxNames   = 8 << 20 // bytes of all names together
)

// An entry is one thing in a tar, and where its content lies.
type entry struct {
	kind   byte   // of archive/tar
	link   string // of a symbolic link
	offset int64  // in the tar, after decompression
	size   int64
	head   [4]byte // how the content begins
	kept   []byte  // all of it, where to come back for it would cost more
}

// A table is what a tar holds, found in one pass over its headers.
type table struct {
	entries map[string]entry
	links   []string // the names of symbolic links
	names   int      // bytes of names
	first   string   // the name of the first entry
	flaw    error    // what no archive of images has: the first such thing
	broken  error    // why the tar could not be read to its end
	end     int64    // where the last entry ends
	cut     bool     // there is nothing behind it, not even the mark of the end
}

// errFull ends a scan.
var errFull = errors.New("too many entries")

// scan reads a tar's headers. What is wrong with it is told in the table, as it depends on what the tar
// is otherwise. An error is one of the context.
func scan(ctx context.Context, r reader) (*table, error) {
	t := &table{entries: map[string]entry{}}
	for tr := tar.NewReader(r); ; {
		header, err := tr.Next()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			err = t.add(tr, header, r)
		}
		switch {
		case err == errFull:
			return t, nil
		case errors.Is(err, io.EOF):
			t.cut = r.position() <= t.end && len(t.entries) > 0
			return t, nil
		case err != nil:
			t.broken = fmt.Errorf("after %d entries: %w", len(t.entries), err)
			return t, nil
		}
	}
}

// add writes down one entry. An error means that there is no use in reading on.
func (t *table) add(tr io.Reader, header *tar.Header, r reader) error {
	t.end = r.position() + (header.Size+511)/512*512
	if t.first == "" && path.Clean(header.Name) != "." {
		t.first = header.Name
	}
	name, err := checkEntry(header)
	if t.names += len(header.Name) + len(header.Linkname); t.names > maxNames || len(t.entries) == maxEntries {
		t.flaw = cmp.Or(t.flaw, fmt.Errorf("it has more than %d entries, or %d MiB of names", maxEntries, maxNames>>20))
		return errFull
	}
	if before, twice := t.entries[name]; err == nil && twice && (before.kind != tar.TypeDir || header.Typeflag != tar.TypeDir) {
		err = fmt.Errorf("%s stands there twice", quote(name))
	}
	if err != nil {
		t.flaw = cmp.Or(t.flaw, err)
		return nil
	}
	e := entry{kind: header.Typeflag, link: header.Linkname, offset: r.position(), size: header.Size}
	if e.kind == tar.TypeReg {
		if err := e.look(tr, r.keep(e.size)); err != nil {
			return err
		}
	}
	if t.entries[name] = e; e.kind == tar.TypeSymlink {
		t.links = append(t.links, name)
	}
	return nil
}

// look reads how a content begins, or all of it.
func (e *entry) look(content io.Reader, keep bool) error {
	if keep {
		var err error
		e.kept, err = io.ReadAll(content)
		copy(e.head[:], e.kept)
		return err
	}
	_, err := io.ReadFull(content, e.head[:min(e.size, int64(len(e.head)))])
	return unexpected(err)
}

// checkEntry refuses what a builder never writes into an archive of images, and what two readers may
// read in two ways. It returns the one name of the entry.
func checkEntry(header *tar.Header) (string, error) {
	name := header.Name
	switch header.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeSymlink:
	case tar.TypeLink:
		return "", fmt.Errorf("%s is a hard link", quote(name))
	case tar.TypeXGlobalHeader:
		return "", errors.New("a global header, which would change other entries")
	default:
		return "", fmt.Errorf("%s is neither a file nor a folder, but of type %q", quote(name), header.Typeflag)
	}
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return "", fmt.Errorf("%s is a sparse file", quote(name))
		}
	}
	// The old header holds sizes of 8 GiB; a second size is only for what is larger.
	if _, ok := header.PAXRecords["size"]; ok && header.Size < 1<<33 {
		return "", fmt.Errorf("%s has two sizes", quote(name))
	}
	return checkName(name)
}

// checkName refuses names that lead out of a folder, though nothing is ever unpacked: who unpacks the
// same archive should not get another image.
func checkName(name string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("an entry has no name")
	case strings.HasPrefix(name, "/"):
		return "", fmt.Errorf("%s is an absolute name", quote(name))
	case strings.ContainsAny(name, "\\\x00"):
		return "", fmt.Errorf("%s is no name that means the same everywhere", quote(name))
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", fmt.Errorf("%s leads out of the archive", quote(name))
		}
	}
	return path.Clean(name), nil
}

// has tells whether there is a regular file of a name.
func (t *table) has(name string) bool { return t.entries[name].kind == tar.TypeReg }

// file finds a regular file, also behind a symbolic link that leads straight to it: the classic docker
// save has such links to layers that it wrote before.
func (t *table) file(name string) (entry, bool) {
	e := t.entries[name]
	if e.kind == tar.TypeSymlink && !path.IsAbs(e.link) {
		e = t.entries[path.Join(path.Dir(name), e.link)]
	}
	return e, e.kind == tar.TypeReg
}

// checkLinks refuses symbolic links, but for those that docker save writes.
func (t *table) checkLinks(allowed bool) error {
	for _, name := range t.links {
		if _, ok := t.file(name); !ok || !allowed {
			return fmt.Errorf("%s is a symbolic link to %s", quote(name), quote(t.entries[name].link))
		}
	}
	return nil
}
