package output

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A step of GitHub Actions appends to two files: outputs for later steps, and markdown for people
// (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands, "Environment files").

// openGitHubFile opens such a file to append to it.
func openGitHubFile(ctx context.Context, path string) (*resultFile, error) {
	f, err := contextio.Open(ctx, path, os.O_RDWR|os.O_APPEND|os.O_CREATE)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, Usagef("--github-output: %v", err)
	}
	return &resultFile{path: path, file: f, appends: true}, nil
}

// githubOutput has the outputs of the step, one on each line. The reference is that of the first target.
func githubOutput(results []TargetResult) []byte {
	d := results[0].report.Manifest
	ref := spec.Reference{Place: results[0].plan.Target, Digest: d.Digest}
	return fmt.Appendf(nil, "digest=%s\nref=%s\nmedia-type=%s\n", d.Digest, Printable(ref.String()), Printable(string(d.MediaType)))
}

// githubSummary says in markdown what was pushed, and where it is.
func githubSummary(results []TargetResult) []byte {
	var b bytes.Buffer
	d := results[0].report.Manifest
	fmt.Fprintf(&b, "### Pushed %s\n\n", markdown(d.Digest.String()))
	fmt.Fprintf(&b, "| name | |\n|---|---|\n")
	for _, r := range results {
		for _, tag := range r.report.Tags {
			fmt.Fprintf(&b, "| %s | %s |\n", markdown(r.plan.Target.String()+":"+tag.Tag), tag.Status)
		}
		if len(r.report.Tags) == 0 {
			fmt.Fprintf(&b, "| %s | by digest |\n", markdown(r.plan.Target.String()))
		}
	}
	fmt.Fprintf(&b, "\n| platform | digest | size |\n|---|---|---|\n")
	for _, e := range results[0].plan.Entries {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", markdown(entryName(e)), markdown(e.Descriptor.Digest.String()), sizeOf(e.Blobs))
	}
	b.WriteString("\n")
	return b.Bytes()
}

// sizeOf is the size that a client fetches. It is known for copied manifests only.
func sizeOf(blobs []v1.Descriptor) string {
	if len(blobs) == 0 {
		return "-"
	}
	var size int64
	for _, blob := range blobs {
		size += blob.Size
	}
	return HumanSize(size)
}

// markdown shows text unchanged, also in a table: as code, in which only the end of the code and of the cell have to
// be escaped.
func markdown(text string) string {
	return "`" + strings.NewReplacer("`", `\u0060`, "|", `\u007c`).Replace(Printable(text)) + "`"
}
