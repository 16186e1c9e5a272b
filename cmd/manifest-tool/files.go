package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// A fileOptions names the files that get the result of a push.
type fileOptions struct {
	digest, metadata string // paths; empty for none
	github           bool   // the files of a step of GitHub Actions
}

// resultFiles are open files that get the result of a push.
type resultFiles struct{ digest, metadata, githubOutput, githubSummary *resultFile }

// createResultFiles opens the files before the push, so that it does not start if one of them cannot be written.
func createResultFiles(ctx context.Context, o fileOptions, getenv func(string) string) (files resultFiles, err error) {
	defer func() {
		if err != nil {
			files.discard()
		}
	}()
	if files.digest, err = createResultFile(ctx, "digest-file", o.digest); err != nil {
		return files, err
	}
	if files.metadata, err = createResultFile(ctx, "metadata-file", o.metadata); err != nil || !o.github {
		return files, err
	}
	path := getenv("GITHUB_OUTPUT")
	if path == "" {
		return files, usagef("--github-output: the variable GITHUB_OUTPUT is not set: is this a step of GitHub Actions?")
	}
	if files.githubOutput, err = openGitHubFile(ctx, path); err != nil {
		return files, err
	}
	if path := getenv("GITHUB_STEP_SUMMARY"); path != "" { // not every runner of such steps has it
		files.githubSummary, err = openGitHubFile(ctx, path)
	}
	return files, err
}

// commit writes the result into the files.
func (f resultFiles) commit(results []targetResult) error {
	metadata, err := json.MarshalIndent(metadataOf(results), "", "  ")
	return errors.Join(err,
		f.digest.commit([]byte(results[0].report.Manifest.Digest.String())), // without a newline, as podman and buildx do
		f.metadata.commit(metadata),
		f.githubOutput.commit(githubOutput(results)),
		f.githubSummary.commit(githubSummary(results)))
}

// discard removes the files that were not committed.
func (f resultFiles) discard() {
	f.digest.discard()
	f.metadata.discard()
	f.githubOutput.discard()
	f.githubSummary.discard()
}

// A resultFile is created before the first request under another name, and gets its name with commit. A nil
// resultFile ignores all calls.
type resultFile struct {
	path string
	file *os.File
	temp bool
	// appends: the content goes behind what the file holds.
	appends bool
}

// createResultFile creates the file that a flag names, if it names one.
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
	if f.appends && !endsLine(f.file) {
		content = append([]byte("\n"), content...)
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

// endsLine tells whether the file is empty or ends with a newline.
func endsLine(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return true
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return err != nil || last[0] == '\n'
}

// discard removes a file that was not committed.
func (f *resultFile) discard() {
	if f == nil {
		return
	}
	f.file.Close()
	if f.temp {
		os.Remove(f.file.Name())
	}
}
