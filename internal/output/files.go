package output

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/internal/output/mask"
)

// A FileOptions names the files that get the result of a push.
type FileOptions struct {
	Digest, Metadata string // paths; empty for none
	Github           bool   // the files of a step of GitHub Actions
}

// Files are open files that get the result of a push.
type Files struct{ digest, metadata, githubOutput, githubSummary *resultFile }

// CreateFiles opens the files before the push, so that it does not start if one of them cannot be written.
func CreateFiles(ctx context.Context, o FileOptions, getenv func(string) string) (files Files, err error) {
	defer func() {
		if err != nil {
			files.Discard()
		}
	}()
	if files.digest, err = CreateResultFile(ctx, "digest-file", o.Digest); err != nil {
		return files, err
	}
	if files.metadata, err = CreateResultFile(ctx, "metadata-file", o.Metadata); err != nil || !o.Github {
		return files, err
	}
	path := getenv("GITHUB_OUTPUT")
	if path == "" {
		return files, Usagef("--github-output: the variable GITHUB_OUTPUT is not set: is this a step of GitHub Actions?")
	}
	if files.githubOutput, err = openGitHubFile(ctx, path); err != nil {
		return files, err
	}
	if path := getenv("GITHUB_STEP_SUMMARY"); path != "" { // not every runner of such steps has it
		files.githubSummary, err = openGitHubFile(ctx, path)
	}
	return files, err
}

// commit writes the result into the files, without the secrets of the run.
func (f Files) commit(results []TargetResult, secrets *mask.Mask) error {
	metadata, err := json.MarshalIndent(metadataOf(results), "", "  ")
	return errors.Join(err,
		f.digest.Commit([]byte(results[0].report.Manifest.Digest.String())), // without a newline, as podman and buildx do
		f.metadata.Commit(secrets.HideJSON(metadata)),
		f.githubOutput.Commit(secrets.Hide(githubOutput(results))),
		f.githubSummary.Commit(secrets.Hide(githubSummary(results))))
}

// Discard removes the files that were not committed.
func (f Files) Discard() {
	f.digest.Discard()
	f.metadata.Discard()
	f.githubOutput.Discard()
	f.githubSummary.Discard()
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

// CreateResultFile creates the file that a flag names, if it names one.
func CreateResultFile(ctx context.Context, flag, path string) (*resultFile, error) {
	if path == "" {
		return nil, nil
	}
	f := &resultFile{path: path}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		f.path = resolved // a link stays a link
	}
	var err error
	if info, e := os.Stat(f.path); e == nil && !info.Mode().IsRegular() {
		f.file, err = contextio.Open(ctx, f.path, os.O_WRONLY) // a pipe or a device keeps its name
	} else {
		f.temp = true
		f.file, err = os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+".*")
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, Usagef("--%s %s: %v", flag, path, err)
	}
	return f, nil
}

// Commit writes the content and gives the file its name.
func (f *resultFile) Commit(content []byte) error {
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

// Discard removes a file that was not committed.
func (f *resultFile) Discard() {
	if f == nil {
		return
	}
	f.file.Close()
	if f.temp {
		os.Remove(f.file.Name())
	}
}
