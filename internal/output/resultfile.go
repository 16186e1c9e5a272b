package output

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/internal/outfile"
)

// A resultFile is created before the first request under another name, and gets its name with Commit. A pipe, a device
// and an open descriptor keep their name, and are written to. A nil resultFile ignores all calls.
type resultFile struct {
	path string
	file *os.File
	temp *outfile.Temp // nil where the file is written in its place
	// appends: the content goes behind what the file holds.
	appends bool
	// isNew: no file has this name.
	isNew bool
	// line: other lines follow the content.
	line bool
}

// CreateResultFile creates the file that a flag names, if it names one.
func CreateResultFile(ctx context.Context, flag, path string) (*resultFile, error) {
	if path == "" {
		return nil, nil
	}
	f, err := openResultFile(ctx, path)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, Usagef("--%s %s: %v", flag, path, err)
	}
	return f, nil
}

func openResultFile(ctx context.Context, path string) (*resultFile, error) {
	if d, ok := outfile.DescriptorOf(path); ok {
		return openDescriptor(ctx, path, d)
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved // a link stays a link
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		file, err := contextio.Open(ctx, path, os.O_WRONLY)
		return &resultFile{path: path, file: file}, err
	}
	temp, err := outfile.NewTemp(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(temp.Path("file"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errors.Join(err, temp.Remove())
	}
	return &resultFile{path: path, file: file, temp: temp}, nil
}

// openDescriptor opens a file that this process, or another one, has open. On stdout and stderr, other lines follow.
func openDescriptor(ctx context.Context, path string, d outfile.Descriptor) (*resultFile, error) {
	f := &resultFile{path: path, line: d.Own && d.Number <= 2}
	var err error
	if d.Own {
		f.file, err = d.Open()
	} else {
		f.file, err = contextio.Open(ctx, path, os.O_WRONLY|os.O_APPEND)
	}
	return f, err
}

// Commit writes the content and gives the file its name.
func (f *resultFile) Commit(content []byte) error {
	if f == nil {
		return nil
	}
	if f.line {
		content = append(content, '\n')
	}
	if f.appends {
		return errors.Join(appendAll(f.file, content), f.file.Close())
	}
	_, err := f.file.Write(content)
	if f.temp == nil {
		return errors.Join(err, f.file.Close())
	}
	err = errors.Join(err, f.file.Chmod(0o644), f.file.Close())
	if err == nil {
		err = f.name()
	}
	return errors.Join(err, f.temp.Remove())
}

// appendAll appends the content by one write, on a line of its own. It removes the part that a failed write leaves,
// as on a full disk, because readers would take it for the whole result.
func appendAll(f *os.File, content []byte) error {
	if !endsLine(f) {
		content = append([]byte("\n"), content...)
	}
	before, err := f.Stat()
	if err != nil {
		return err
	}
	n, err := f.Write(content)
	if err == nil || n == 0 || !before.Mode().IsRegular() {
		return err
	}
	if after, e := f.Stat(); e == nil && after.Size() == before.Size()+int64(n) { // no other process has written
		return errors.Join(err, f.Truncate(before.Size()))
	}
	return err
}

// endsLine reports whether the file is empty or ends with a newline.
func endsLine(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return true
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return err != nil || last[0] == '\n'
}

// Discard removes a file that was not committed.
func (f *resultFile) Discard() {
	if f == nil {
		return
	}
	f.file.Close()
	if f.temp != nil {
		f.temp.Remove()
	}
}
