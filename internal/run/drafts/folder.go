package drafts

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Folder keeps drafts: spec files, one for each name. It changes no other files.
type Folder struct {
	dir  string
	warn func(texts ...string)
}

const (
	suffix       = ".yaml"
	backupSuffix = ".bak"
	maxDraft     = 1 << 20 // the limit of a spec
)

// Open returns the folder that is named, or the one in the user's state directory: $XDG_STATE_HOME, or
// else ~/.local/state, or %LocalAppData% on Windows. It creates no folder.
func Open(named string, getenv func(string) string, warn func(texts ...string)) (Folder, error) {
	if named != "" {
		return Folder{named, warn}, nil
	}
	dir := getenv("XDG_STATE_HOME")
	switch home := getenv("HOME"); {
	case filepath.IsAbs(dir):
	case runtime.GOOS == "windows" && filepath.IsAbs(getenv("LocalAppData")):
		dir = getenv("LocalAppData")
	case filepath.IsAbs(home):
		dir = filepath.Join(home, ".local", "state")
	case runtime.GOOS == "windows":
		return Folder{}, output.Usagef("no folder for drafts, because LocalAppData is not set: use --drafts")
	default:
		return Folder{}, output.Usagef("no folder for drafts, because HOME is not set: use --drafts")
	}
	return Folder{filepath.Join(dir, "manifest-tool", "drafts"), warn}, nil
}

// fileName is the file of a draft: its name with + for a slash and = for a colon, which are not allowed in file names
// of all systems. Upper case is escaped too, as some file systems ignore case.
func fileName(ref spec.Reference) string {
	var b strings.Builder
	for _, c := range []byte(ref.String()) {
		switch {
		case c == '/':
			b.WriteByte('+')
		case c == ':':
			b.WriteByte('=')
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("._-", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	name := b.String()
	if len(name) > 200 { // a file name has up to 255 bytes
		name = fmt.Sprintf("%s%%%x", name[:160], sha256.Sum256([]byte(name)))[:200]
	}
	return name + suffix
}

// Path is the file of a draft.
func (f Folder) Path(ref spec.Reference) string { return filepath.Join(f.dir, fileName(ref)) }

// readFile returns the bytes of a draft. Without one, the error is [fs.ErrNotExist].
func (f Folder) readFile(name string) ([]byte, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return readDraft(root, name)
}

// fileNames are the files of all drafts, sorted.
func (f Folder) fileNames() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// regular refuses links, which lead out of the folder, and pipes, which could block for ever.
func regular(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = output.Usagef("%s is not a regular file", filepath.Join(root.Name(), name))
	}
	return err
}

func readDraft(root *os.Root, name string) ([]byte, error) {
	if err := regular(root, name); err != nil {
		return nil, err
	}
	return readUpTo(root, name, maxDraft)
}

// readUpTo reads a file, and one byte more than a limit at most.
func readUpTo(root *os.Root, name string, limit int64) ([]byte, error) {
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit+1))
}
