package push

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// A Report is the result of a push.
type Report struct {
	Manifest v1.Descriptor // of the index
	Tags     []TagReport   // in the order given
	Blobs    BlobReport
	// Repaired are the manifests and blobs that the target lacked, although it should have held them.
	Repaired []v1.Hash
}

// A TagStatus is the result for a tag.
type TagStatus string

const (
	Created   TagStatus = "created"   // it did not exist
	Moved     TagStatus = "moved"     // it held something else
	Rewritten TagStatus = "rewritten" // it held the same, and was written because of Force
	Unchanged TagStatus = "unchanged" // it held the same
	Failed    TagStatus = "failed"    // it does not hold the index
	Unknown   TagStatus = "unknown"   // the tag was written, and the result is not known
)

// A TagReport is the result for one tag.
type TagReport struct {
	Tag      string
	Status   TagStatus
	Previous v1.Hash // the old digest, if the tag existed
	// Platform is the platform of the image, if the tag is not for the index.
	Platform *v1.Platform
}

func (t TagReport) moved() bool {
	return t.Status == Created || t.Status == Moved || t.Status == Rewritten
}

// A BlobReport counts the blobs by the way in which they came to the target.
type BlobReport struct {
	Present, Mounted, Streamed int
	Bytes                      int64 // streamed bytes
}

func (b *BlobReport) count(t registry.Transfer, size int64) {
	switch t {
	case registry.Present:
		b.Present++
	case registry.Mounted:
		b.Mounted++
	case registry.Streamed:
		b.Streamed++
		b.Bytes += size
	}
}

func newReport(p plan.Plan) Report {
	r := Report{Manifest: p.Descriptor()}
	for _, m := range p.TagUpdates {
		status := Unchanged
		if m.Needed {
			status = Failed // until it is done
		}
		r.Tags = append(r.Tags, TagReport{Tag: m.Tag, Status: status, Previous: m.From, Platform: m.Platform})
	}
	return r
}

func moveStatus(m plan.TagUpdate) TagStatus {
	switch m.From {
	case v1.Hash{}:
		return Created
	case m.To:
		return Rewritten
	}
	return Moved
}

// A PartialError says that some tags hold the new index and some do not.
type PartialError struct {
	Moved, NotMoved []string
	Unknown         []string // these may have moved
	Err             error    // of the first tag that did not move
}

func (e *PartialError) Error() string {
	var parts []string
	for _, part := range []struct {
		what string
		tags []string
	}{{"tags moved", e.Moved}, {"not moved", e.NotMoved}, {"unknown", e.Unknown}} {
		if len(part.tags) > 0 {
			parts = append(parts, part.what+": "+strings.Join(part.tags, ", "))
		}
	}
	return fmt.Sprintf("%s: %v", strings.Join(parts, "; "), e.Err)
}

// Unwrap returns the cause.
func (e *PartialError) Unwrap() error { return e.Err }
