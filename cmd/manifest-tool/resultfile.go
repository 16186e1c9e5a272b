package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// resultFiles are what the user wants to have of a push as files, beside what is printed.
type resultFiles struct{ digest, metadata, githubOutput, githubSummary *resultFile }

func (p *program) createResultFiles(ctx context.Context, o pushOptions) (files resultFiles, err error) {
	if o.dryRun {
		return files, nil // there is no result
	}
	defer func() {
		if err != nil {
			files.discard()
		}
	}()
	if files.digest, err = createResultFile(ctx, flagDigestFile, o.digestFile); err != nil {
		return files, err
	}
	if files.metadata, err = createResultFile(ctx, flagMetadataFile, o.metadataFile); err != nil || !o.githubOutput {
		return files, err
	}
	path := p.getenv("GITHUB_OUTPUT")
	if path == "" {
		return files, usagef("--%s: the variable GITHUB_OUTPUT is not set: is this a step of GitHub Actions?", flagGitHubOutput)
	}
	if files.githubOutput, err = openGitHubFile(ctx, path); err != nil {
		return files, err
	}
	if path := p.getenv("GITHUB_STEP_SUMMARY"); path != "" { // not everything that runs such steps has it
		files.githubSummary, err = openGitHubFile(ctx, path)
	}
	return files, err
}

func (f resultFiles) commit(results []result) error {
	metadata, err := json.MarshalIndent(metadataOf(results), "", "  ")
	return errors.Join(err,
		f.digest.commit([]byte(results[0].report.Manifest.Digest.String())), // without a newline, as podman and buildx do
		f.metadata.commit(metadata),
		f.githubOutput.commit(githubOutput(results)),
		f.githubSummary.commit(githubSummary(results)))
}

func (f resultFiles) discard() {
	f.digest.discard()
	f.metadata.discard()
	f.githubOutput.discard()
	f.githubSummary.discard()
}

// A resultFile is made before anything is sent, so that a folder that is not there stops a push
// before it starts, and gets its name when the push is done. Nil is one that nobody wants.
type resultFile struct {
	path string
	file *os.File
	temp bool
	// appends says that it holds something already.
	appends bool
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

// endsLine tells whether what is written next starts a line.
func endsLine(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return true
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return err != nil || last[0] == '\n'
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
