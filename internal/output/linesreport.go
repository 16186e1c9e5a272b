package output

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

const lineSchema = "manifest-tool.result/v1"

// A lineOutput is a line of --output jsonl: what came of one of many images.
type lineOutput struct {
	Schema string `json:"schema"` // manifest-tool.result/v1
	Name   string `json:"name"`   // the spec, the source of a copy, or the target
	DryRun bool   `json:"dryRun,omitempty"`
	Status string `json:"status"` // done, failed, skipped
	// Spec is the digest of the bytes of the spec. --resume skips the spec if this is the same.
	Spec      string         `json:"specDigest,omitempty"`
	Digest    string         `json:"digest,omitempty"`
	Size      int64          `json:"size,omitempty"`
	MediaType string         `json:"mediaType,omitempty"`
	Manifests []v1.Hash      `json:"manifests,omitempty"`
	Targets   []targetOutput `json:"targets,omitempty"`
	Seconds   float64        `json:"seconds"`
	Requests  int64          `json:"requests"`
	Retries   int64          `json:"retries"`
	Attempts  int            `json:"attempts"`
	Error     *lineError     `json:"error,omitempty"`
}

type lineError struct {
	ExitCode int    `json:"exitCode"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// A linesReport prints a line of JSON for each image as soon as the image is done.
type linesReport struct {
	copiesReport

	// With Ordered, lines wait until all lines before them are printed.
	next    int
	waiting map[int]lineOutput
}

func (r *linesReport) Add(at int, image ImageResult) {
	r.printDone(image)
	r.keep(at, image)
	line := lineOf(image, r.o.DryRun)
	if !r.o.Ordered {
		r.print(line)
		return
	}
	if r.waiting == nil {
		r.waiting = map[int]lineOutput{}
	}
	r.waiting[at] = line
	for {
		line, ok := r.waiting[r.next]
		if !ok {
			return
		}
		r.print(line)
		delete(r.waiting, r.next)
		r.next++
	}
}

func (r *linesReport) print(line lineOutput) { r.err = errors.Join(r.err, r.writeLine(line)) }

// Finish prints the lines that wait for images which were not begun, and returns the error of the run.
func (r *linesReport) Finish(all int, rest Rest) (func() error, error) {
	for _, at := range slices.Sorted(maps.Keys(r.waiting)) {
		r.print(r.waiting[at])
	}
	_, err := r.copiesReport.Finish(all, rest)
	return func() error { return r.end(all, rest.Specs, func() error { return r.err }, err) }, err
}

func lineOf(image ImageResult, dryRun bool) lineOutput {
	line := lineOutput{
		Schema: lineSchema, Name: image.Name, DryRun: dryRun, Status: "done",
		Seconds: seconds(image.Took), Requests: image.Requests, Retries: image.Retries, Attempts: image.Attempts,
	}
	if image.Skipped {
		line.Status = "skipped"
	}
	if image.Spec != nil {
		line.Spec = registry.DigestOf(image.Spec).String()
	}
	for i, t := range image.Results {
		if i == 0 {
			d := t.plan.Descriptor()
			line.Name = cmp.Or(line.Name, nameOf(t.plan.Plan))
			line.Digest, line.Size, line.MediaType = d.Digest.String(), d.Size, string(d.MediaType)
			for _, e := range t.plan.Entries {
				line.Manifests = append(line.Manifests, e.Descriptor.Digest)
			}
		}
		line.Targets = append(line.Targets, targetOutputOf(t))
	}
	if image.Err != nil {
		problem := explainError("push", image.Err)
		line.Status, line.Error = "failed", &lineError{problem.Code, problem.message, problem.Hint}
	}
	return line
}

// nameOf is the first name that a plan pushes to.
func nameOf(p plan.Plan) string {
	ref := spec.Reference{Place: p.Target}
	if len(p.TagUpdates) > 0 {
		ref.Tag = p.TagUpdates[0].Tag
	}
	return ref.String()
}

// seconds rounds to milliseconds.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

// writeLine writes a value as a line of JSON.
func (p *Printer) writeLine(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	return p.WriteResult(rawjson.Printable(b.Bytes()))
}

// DoneBefore reads the lines of earlier runs, and returns the digests of the specs that are done. The last line of a spec
// counts. A line of a dry run says nothing.
func DoneBefore(results io.Reader) (map[string]bool, error) {
	done := map[string]bool{}
	lines := json.NewDecoder(results)
	for {
		var line struct {
			Schema, Status, SpecDigest string
			DryRun                     bool
		}
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			return done, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return done, nil // the run was killed in the middle of a line
		case err != nil:
			return nil, Usagef("--resume: the file has a line that is not JSON: %v", err)
		case line.Schema != lineSchema:
			return nil, Usagef("--resume: the file has a line without the schema %s: it is no result of --output jsonl", lineSchema)
		}
		if !line.DryRun {
			done[line.SpecDigest] = line.Status == "done" || line.Status == "skipped"
		}
	}
}
