package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// A digestFile is made before anything is sent, so that a folder that is not there stops a push
// before it starts, and gets its name when the push is done.
type digestFile struct {
	path string
	file *os.File
	temp bool
}

func createDigestFile(ctx context.Context, path string) (*digestFile, error) {
	d := &digestFile{path: path}
	if path == "" {
		return d, nil
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		d.path = resolved // a link stays a link
	}
	var err error
	if info, e := os.Stat(d.path); e == nil && !info.Mode().IsRegular() {
		d.file, err = openFile(ctx, d.path, os.O_WRONLY) // a pipe or a device keeps its name
	} else {
		d.temp = true
		d.file, err = os.CreateTemp(filepath.Dir(d.path), "."+filepath.Base(d.path)+".*")
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, usagef("--digest-file %s: %v", path, err)
	}
	return d, nil
}

// commit writes the digest, without a newline, as podman and buildx do.
func (d *digestFile) commit(digest string) error {
	if d.file == nil {
		return nil
	}
	_, err := io.WriteString(d.file, digest)
	if d.temp {
		err = errors.Join(err, d.file.Chmod(0o644))
	}
	err = errors.Join(err, d.file.Close())
	if err == nil && d.temp {
		err = os.Rename(d.file.Name(), d.path)
	}
	return err
}

// discard removes what has not got its name.
func (d *digestFile) discard() {
	if d.file != nil {
		d.file.Close()
	}
	if d.temp {
		os.Remove(d.file.Name())
	}
}
