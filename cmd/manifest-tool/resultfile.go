package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// resultFiles are what the user wants to have of a push as files, beside what is printed.
type resultFiles struct{ digest, metadata *resultFile }

func createResultFiles(ctx context.Context, o pushOptions) (files resultFiles, err error) {
	if files.digest, err = createResultFile(ctx, flagDigestFile, o.digestFile); err != nil {
		return files, err
	}
	if files.metadata, err = createResultFile(ctx, flagMetadataFile, o.metadataFile); err != nil {
		files.discard()
	}
	return files, err
}

func (f resultFiles) commit(results []result) error {
	metadata, err := json.MarshalIndent(metadataOf(results), "", "  ")
	return errors.Join(err,
		f.digest.commit([]byte(results[0].report.Manifest.Digest.String())), // without a newline, as podman and buildx do
		f.metadata.commit(metadata))
}

func (f resultFiles) discard() {
	f.digest.discard()
	f.metadata.discard()
}

// A resultFile is made before anything is sent, so that a folder that is not there stops a push
// before it starts, and gets its name when the push is done. Nil is one that nobody wants.
type resultFile struct {
	path string
	file *os.File
	temp bool
}

func createResultFile(ctx context.Context, flag, path string) (*resultFile, error) {
	if path == "" {
		return nil, nil
	}
	f := &resultFile{path: path}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		f.path = resolved // a link stays a link
	}
	var err error
	if info, e := os.Stat(f.path); e == nil && !info.Mode().IsRegular() {
		f.file, err = openFile(ctx, f.path, os.O_WRONLY) // a pipe or a device keeps its name
	} else {
		f.temp = true
		f.file, err = os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+".*")
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, usagef("--%s %s: %v", flag, path, err)
	}
	return f, nil
}

// commit writes the content and gives the file its name.
func (f *resultFile) commit(content []byte) error {
	if f == nil {
		return nil
	}
	_, err := f.file.Write(content)
	if f.temp {
		err = errors.Join(err, f.file.Chmod(0o644))
	}
	err = errors.Join(err, f.file.Close())
	if err == nil && f.temp {
		err = os.Rename(f.file.Name(), f.path)
	}
	return err
}

// discard removes what has not got its name.
func (f *resultFile) discard() {
	if f == nil {
		return
	}
	f.file.Close()
	if f.temp {
		os.Remove(f.file.Name())
	}
}
