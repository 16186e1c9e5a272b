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

// Limits on the table in memory, which holds names.
const (
	maxEntries = 1 << 16
	maxNames   = 8 << 20 // bytes of all names
)

// An entry is an entry of a tar and the place of its content.
type entry struct {
	kind   byte   // a Typeflag of archive/tar
	link   string // the target of a symbolic link
	offset int64  // in the tar, after decompression
	size   int64
	head   [4]byte // the first bytes of the content
	kept   []byte  // the whole content of a small file in a compressed tar
}

// A table holds the headers of a tar, read in one pass.
type table struct {
	entries map[string]entry
	links   []string // the names of symbolic links
	names   int      // bytes of names
	first   string   // the name of the first entry
	flaw    error    // the first entry that an archive of images must not have
	broken  error    // the error before the end of the tar
	end     int64    // the end of the last entry
	cut     bool     // the end mark is missing
}

// errFull ends a scan.
var errFull = errors.New("too many entries")

// scan reads the headers of a tar. The table holds the faults of the tar, because their meaning depends on the kind
// of the archive. An error is that of the context.
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

// add adds an entry. An error ends the scan.
func (t *table) add(tr io.Reader, header *tar.Header, r reader) error {
	t.end = r.position() + (header.Size+511)/512*512
	if t.first == "" && path.Clean(header.Name) != "." {
		t.first = header.Name
	}
	name, err := checkEntry(header)
	if t.names += len(header.Name) + len(header.Linkname); t.names > maxNames || len(t.entries) == maxEntries {
		t.flaw = cmp.Or(t.flaw, fmt.Errorf("the archive has more than %d entries, or more than %d MiB of names", maxEntries, maxNames>>20))
		return errFull
	}
	if before, twice := t.entries[name]; err == nil && twice && (before.kind != tar.TypeDir || header.Typeflag != tar.TypeDir) {
		err = fmt.Errorf("%s occurs twice", quote(name))
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

// look reads the first bytes of a content, or all of it.
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

// checkEntry refuses entries that no builder writes, and entries that two readers may read in two ways. It returns
// the clean name of the entry.
func checkEntry(header *tar.Header) (string, error) {
	name := header.Name
	switch header.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeSymlink:
	case tar.TypeLink:
		return "", fmt.Errorf("%s is a hard link, which manifest-tool does not read", quote(name))
	case tar.TypeXGlobalHeader:
		return "", errors.New("the tar has a global header, which could change other entries")
	default:
		return "", fmt.Errorf("%s is neither a file nor a folder: its type is %q", quote(name), header.Typeflag)
	}
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return "", fmt.Errorf("%s is a sparse file, which manifest-tool does not read", quote(name))
		}
	}
	// The old header holds sizes up to 8 GiB. Only larger files need a second size.
	if _, ok := header.PAXRecords["size"]; ok && header.Size < 1<<33 {
		return "", fmt.Errorf("%s has two sizes", quote(name))
	}
	return checkName(name)
}

// checkName refuses names that lead out of a folder. This package unpacks nothing, but another program that unpacks
// the archive must not get another image.
func checkName(name string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("an entry has no name")
	case strings.HasPrefix(name, "/"):
		return "", fmt.Errorf("%s is an absolute name", quote(name))
	case strings.ContainsAny(name, "\\\x00"):
		return "", fmt.Errorf("%s is not a portable file name", quote(name))
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", fmt.Errorf("%s leads out of the archive", quote(name))
		}
	}
	return path.Clean(name), nil
}

// has reports whether there is a regular file with a name.
func (t *table) has(name string) bool { return t.entries[name].kind == tar.TypeReg }

// file returns a regular file, also through one symbolic link: older docker save links to layers that it wrote
// before.
func (t *table) file(name string) (entry, bool) {
	e := t.entries[name]
	if e.kind == tar.TypeSymlink && !path.IsAbs(e.link) {
		e = t.entries[path.Join(path.Dir(name), e.link)]
	}
	return e, e.kind == tar.TypeReg
}

// checkLinks refuses symbolic links, except those of docker save.
func (t *table) checkLinks(allowed bool) error {
	for _, name := range t.links {
		if _, ok := t.file(name); !ok || !allowed {
			return fmt.Errorf("%s is a symbolic link to %s, which manifest-tool does not follow", quote(name), quote(t.entries[name].link))
		}
	}
	return nil
}
