package output

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// CreateNewFile creates the file that a flag names, if it names one. A file that exists is an error, unless force is set,
// and a pipe or a device is written to.
func CreateNewFile(ctx context.Context, flag, path string, force bool) (*resultFile, error) {
	f, err := CreateResultFile(ctx, flag, path)
	if f == nil || err != nil || force || f.temp == nil {
		return f, err
	}
	f.isNew = true
	if _, err := os.Lstat(f.path); err == nil {
		f.Discard()
		return nil, existsError(path)
	}
	return f, nil
}

func existsError(path string) error {
	return Usagef("%s exists: use --force to replace the file", path)
}

// name gives the finished file its name. A new file replaces no other, also if that was created meanwhile.
func (f *resultFile) name() error {
	temp := f.temp.Path("file")
	if !f.isNew {
		return os.Rename(temp, f.path)
	}
	err := os.Link(temp, f.path)
	switch _, missing := os.Lstat(f.path); {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist), missing == nil:
		return existsError(f.path)
	}
	return os.Rename(temp, f.path) // the file system has no links
}
