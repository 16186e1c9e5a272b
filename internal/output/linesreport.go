package output

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A lineOutput is a line of --output jsonl: what came of one of many images.
type lineOutput struct {
	Schema    string         `json:"schema"` // manifest-tool.result/v1
	Name      string         `json:"name"`   // the spec, the source of a copy, or the target
	DryRun    bool           `json:"dryRun,omitempty"`
	Status    string         `json:"status"` // done, failed
	Digest    string         `json:"digest,omitempty"`
	Size      int64          `json:"size,omitempty"`
	MediaType string         `json:"mediaType,omitempty"`
	Manifests []v1.Hash      `json:"manifests,omitempty"`
	Targets   []targetOutput `json:"targets,omitempty"`
	Seconds   float64        `json:"seconds"`
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
	err error // of the first line that could not be printed
}

func (r *linesReport) Add(at int, image ImageResult) {
	r.printDone(image)
	r.err = errors.Join(r.err, r.writeLine(lineOf(image, r.o.DryRun)))
	if image.Results != nil {
		image.Results = []TargetResult{}
	}
	r.copies = append(r.copies, copied{at: at, image: image})
}

// Finish returns the error of the run. Everything is printed.
func (r *linesReport) Finish(all int) (func() error, error) {
	_, err := r.copiesReport.Finish(all)
	return nil, errors.Join(err, r.err)
}

func lineOf(image ImageResult, dryRun bool) lineOutput {
	line := lineOutput{Schema: "manifest-tool.result/v1", Name: image.Name, DryRun: dryRun, Status: "done", Seconds: seconds(image.Took)}
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
	return p.WriteResult(printableJSON(b.Bytes()))
}
