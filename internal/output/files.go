package output

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/manifest-tool/manifest-tool/internal/output/mask"
	"github.com/manifest-tool/manifest-tool/registry/attest"
)

// A FileOptions names the files that get the result of a push.
type FileOptions struct {
	Digest, Metadata string // paths; empty for none
	Attest           string // path for the predicate of the provenance
	Github           bool   // the files of a step of GitHub Actions
	// Failed gets the specs that are not pushed, with the separator before each, and Metrics the numbers of a run over
	// many images.
	Failed, FailedSeparator, Metrics string
}

// IsForOne reports whether a file is named that has room for the result of one image.
func (o FileOptions) IsForOne() bool {
	return o.Digest != "" || o.Metadata != "" || o.Attest != ""
}

// Files are open files that get the result of a push.
type Files struct {
	digest, metadata, githubOutput, githubSummary, attest, failed, metrics *resultFile

	failedSeparator string
}

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
	files.failedSeparator = o.FailedSeparator
	if files.failed, err = CreateResultFile(ctx, "failed-file", o.Failed); err != nil {
		return files, err
	}
	if files.metrics, err = CreateResultFile(ctx, "metrics-file", o.Metrics); err != nil {
		return files, err
	}
	if files.attest, err = CreateResultFile(ctx, "attest-file", o.Attest); err != nil {
		return files, err
	}
	if files.metadata, err = CreateResultFile(ctx, "metadata-file", o.Metadata); err != nil || !o.Github {
		return files, err
	}
	path := getenv("GITHUB_OUTPUT")
	if path == "" {
		return files, Usagef("--github-output: the variable GITHUB_OUTPUT is not set: use this flag in a step of GitHub Actions")
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
	return errors.Join(err, f.commitPredicate(results, secrets),
		f.digest.Commit([]byte(results[0].report.Manifest.Digest.String())), // without a newline, as podman and buildx do
		f.metadata.Commit(secrets.HideJSON(metadata)),
		f.githubOutput.Commit(secrets.Hide(githubOutput(results))),
		f.githubSummary.Commit(secrets.Hide(githubSummary(results))))
}

// commitMany writes the specs that are not pushed and the numbers of a run over many images.
func (f Files) commitMany(failed [][]byte, images []copied, t tally, all int) error {
	return errors.Join(f.failed.Commit(joinFailed(failed, f.failedSeparator)), f.metrics.Commit(t.metrics(all)),
		f.githubOutput.Commit(t.githubOutput(all)), f.githubSummary.Commit(t.githubSummary(images, all)))
}

// joinFailed makes input for the next run of several specs.
func joinFailed(specs [][]byte, separator string) []byte {
	var b []byte
	for _, s := range specs {
		if s == nil { // was not read
			continue
		}
		if !bytes.HasPrefix(s, bytes.TrimSpace([]byte(separator))) || separator == "" {
			b = append(b, separator...)
		}
		b = append(bytes.TrimRight(append(b, s...), "\n"), '\n')
	}
	return b
}

// commitPredicate writes the predicate of the provenance at the first target. An edit that changes nothing has none: the
// file is not written then.
func (f Files) commitPredicate(results []TargetResult, secrets *mask.Mask) error {
	made := results[0].plan.Provenance()
	if f.attest == nil || made == nil {
		return nil
	}
	predicate, err := attest.Predicate(made.Made.Statement())
	return errors.Join(err, f.attest.Commit(secrets.HideJSON(predicate)))
}

// Discard removes the files that were not committed.
func (f Files) Discard() {
	f.digest.Discard()
	f.metadata.Discard()
	f.attest.Discard()
	f.githubOutput.Discard()
	f.githubSummary.Discard()
	f.failed.Discard()
	f.metrics.Discard()
}
