package main

import (
	"encoding/json"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
)

// The JSON that is printed. README documents it; fields are only ever added, and the number of the
// schema changes if one has to go.

type pushOutput struct {
	Schema    string           `json:"schema"` // manifest-tool.push/v1
	DryRun    bool             `json:"dryRun,omitempty"`
	Target    string           `json:"target"`
	Digest    v1.Hash          `json:"digest"`
	Size      int64            `json:"size"`
	MediaType string           `json:"mediaType"`
	Tags      []tagOutput      `json:"tags"`
	Manifests []entryOutput    `json:"manifests"`
	Referrers []referrerOutput `json:"referrers,omitempty"`
	Skipped   []string         `json:"skipped,omitempty"`
	Blobs     *blobsOutput     `json:"blobs,omitempty"`
	Repaired  []v1.Hash        `json:"repaired,omitempty"`
	Index     string           `json:"index,omitempty"`   // the exact bytes, in a dry run
	Changes   []changeOutput   `json:"changes,omitempty"` // of an edit
	// Targets has all targets where there are several; what stands above is then that of the first.
	Targets []targetOutput `json:"targets,omitempty"`
}

// A referrerOutput is something about one of the manifests that was copied beside it.
type referrerOutput struct {
	Digest    v1.Hash `json:"digest"`
	Size      int64   `json:"size"`
	MediaType string  `json:"mediaType"`
	Subject   v1.Hash `json:"subject"`
	Tag       string  `json:"tag,omitempty"`    // cosign's
	Copied    bool    `json:"copied,omitempty"` // the target did not have it
}

type changeOutput struct {
	Change   string `json:"change"` // added, replaced, removed, platform, annotated
	Platform string `json:"platform,omitempty"`
	Previous string `json:"previous,omitempty"`
	Digest   string `json:"digest,omitempty"`
}

type targetOutput struct {
	Target    string           `json:"target"`
	Tags      []tagOutput      `json:"tags"`
	Copied    []v1.Hash        `json:"copied,omitempty"` // the manifests that it did not hold
	Referrers []referrerOutput `json:"referrers,omitempty"`
	Blobs     *blobsOutput     `json:"blobs,omitempty"`
	Repaired  []v1.Hash        `json:"repaired,omitempty"`
	Error     string           `json:"error,omitempty"`
}

type tagOutput struct {
	Tag      string `json:"tag"`
	Status   string `json:"status"` // created, moved, rewritten, unchanged; in a dry run: create, move, keep
	Previous string `json:"previous,omitempty"`
	Platform string `json:"platform,omitempty"` // of the image, where the tag is not for the index
}

type entryOutput struct {
	Digest        v1.Hash           `json:"digest"`
	Size          int64             `json:"size"`
	MediaType     string            `json:"mediaType"`
	Platform      *v1.Platform      `json:"platform,omitempty"`
	AttestationOf string            `json:"attestationOf,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
	Source        string            `json:"source,omitempty"` // the reference that it was taken from
	Copied        bool              `json:"copied,omitempty"` // the target did not hold it
	Missing       bool              `json:"missing,omitempty"`
	Layers        []layerOutput     `json:"layers,omitempty"`
	TotalSize     int64             `json:"totalSize,omitempty"` // config and layers
	Config        json.RawMessage   `json:"config,omitempty"`
}

type layerOutput struct {
	Digest    v1.Hash `json:"digest"`
	Size      int64   `json:"size"`
	MediaType string  `json:"mediaType"`
}

type blobsOutput struct {
	Present  int   `json:"present"`
	Mounted  int   `json:"mounted"`
	Streamed int   `json:"streamed"`
	Bytes    int64 `json:"bytes"` // streamed
}

type inspectOutput struct {
	Schema      string            `json:"schema"` // manifest-tool.inspect/v1
	Name        string            `json:"name"`
	Digest      v1.Hash           `json:"digest"`
	Size        int64             `json:"size"`
	MediaType   string            `json:"mediaType"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Manifests   []entryOutput     `json:"manifests,omitempty"` // of an index
	Image       *entryOutput      `json:"image,omitempty"`     // of a single image
}

// resultOutput is what a push did, or would do.
func resultOutput(results []result) pushOutput {
	plan, first := results[0].plan, targetOutputOf(results[0])
	d := plan.Index.Descriptor()
	out := pushOutput{
		Schema:    "manifest-tool.push/v1",
		Target:    first.Target,
		Digest:    d.Digest,
		Size:      d.Size,
		MediaType: string(d.MediaType),
		Tags:      first.Tags,
		Referrers: first.Referrers,
		Skipped:   plan.Skipped,
		Blobs:     first.Blobs,
		Repaired:  first.Repaired,
	}
	for _, e := range plan.Entries {
		entry := descriptorOutput(e.Descriptor)
		entry.Annotations = nil
		entry.AttestationOf, entry.Source, entry.Copied = e.Attests, e.Source, e.Copy && results[0].isThere()
		if entry.Platform = nil; !e.Attestation {
			entry.Platform = &e.Platform
		}
		out.Manifests = append(out.Manifests, entry)
	}
	for _, c := range plan.Changes {
		change := changeOutput{Change: c.What, Previous: hashText(c.From), Digest: hashText(c.To)}
		if c.Platform.OS != "" {
			change.Platform = platformName(c.Platform)
		}
		out.Changes = append(out.Changes, change)
	}
	if len(results) > 1 {
		for _, r := range results {
			out.Targets = append(out.Targets, targetOutputOf(r))
		}
	}
	return out
}

func planOutput(results []result) pushOutput {
	for i := range results {
		results[i].err = results[i].plan.Err
	}
	out := resultOutput(results)
	out.DryRun, out.Index = true, string(results[0].plan.Index.Bytes)
	return out
}

func targetOutputOf(r result) targetOutput {
	out := targetOutput{Target: r.plan.Target.String(), Tags: []tagOutput{}, Repaired: r.report.Repaired}
	for i, m := range r.plan.TagUpdates {
		tag := tagOutput{Tag: m.Tag, Previous: hashText(m.From)}
		if tag.Status = moveWord(m); r.report.Tags != nil {
			tag.Status = string(r.report.Tags[i].Status)
		}
		if m.Platform != nil {
			tag.Platform = platformName(*m.Platform)
		}
		out.Tags = append(out.Tags, tag)
	}
	for _, e := range r.plan.Entries {
		if e.Copy && r.isThere() {
			out.Copied = append(out.Copied, e.Descriptor.Digest)
		}
	}
	for _, about := range r.plan.Referrers {
		d := about.Manifest()
		referrer := referrerOutput{Digest: d.Digest, Size: d.Size, MediaType: string(d.MediaType), Subject: about.Subject, Copied: about.Needed && r.isThere()}
		if about.TagUpdate != nil {
			referrer.Tag = about.TagUpdate.Tag
		}
		out.Referrers = append(out.Referrers, referrer)
	}
	if b := r.report.Blobs; r.report.Manifest.Size > 0 {
		out.Blobs = &blobsOutput{b.Present, b.Mounted, b.Streamed, b.Bytes}
	}
	if r.err != nil {
		out.Error = r.err.Error()
	}
	return out
}

// moveWord is what would become of a tag.
func moveWord(m plan.TagUpdate) string {
	switch {
	case !m.Needed:
		return "keep"
	case m.From == v1.Hash{}:
		return "create"
	}
	return "move"
}

// A metadataOutput has those of the keys of buildx's --metadata-file that a push can fill
// (https://docs.docker.com/reference/cli/docker/buildx/build/#metadata-file).
type metadataOutput struct {
	Descriptor metadataDescriptor `json:"containerimage.descriptor"`
	Digest     v1.Hash            `json:"containerimage.digest"`
	Name       string             `json:"image.name,omitempty"` // with their tags, separated by commas
}

type metadataDescriptor struct {
	MediaType string  `json:"mediaType"`
	Digest    v1.Hash `json:"digest"`
	Size      int64   `json:"size"`
}

func metadataOf(results []result) metadataOutput {
	d := results[0].report.Manifest
	var names []string
	for _, r := range results {
		for _, tag := range r.report.Tags {
			if tag.Platform == nil {
				names = append(names, r.plan.Target.String()+":"+tag.Tag)
			}
		}
	}
	return metadataOutput{
		Descriptor: metadataDescriptor{string(d.MediaType), d.Digest, d.Size},
		Digest:     d.Digest,
		Name:       strings.Join(names, ","),
	}
}

func inspectionOutput(found resolve.Inspection) inspectOutput {
	d := found.Manifest.Descriptor()
	out := inspectOutput{
		Schema:      "manifest-tool.inspect/v1",
		Name:        found.Reference.String(),
		Digest:      d.Digest,
		Size:        d.Size,
		MediaType:   string(d.MediaType),
		Annotations: found.Annotations,
	}
	if found.Image != nil {
		entry := descriptorOutput(d)
		addDetails(&entry, found.Image)
		if p := found.Image.Platform; p.OS+p.Architecture != "" {
			entry.Platform = &p
		}
		out.Image = &entry
	}
	for _, e := range found.Entries {
		entry := descriptorOutput(e.Descriptor)
		entry.AttestationOf, entry.Missing = e.AttestationOf, e.Missing
		entry.Platform = nil
		if e.AttestationOf == "" && e.Platform.OS+e.Platform.Architecture != "" {
			entry.Platform = &e.Platform
		}
		addDetails(&entry, e.Image)
		out.Manifests = append(out.Manifests, entry)
	}
	return out
}

func descriptorOutput(d v1.Descriptor) entryOutput {
	return entryOutput{Digest: d.Digest, Size: d.Size, MediaType: string(d.MediaType), Annotations: d.Annotations}
}

func addDetails(entry *entryOutput, image *resolve.ImageDetails) {
	if image == nil {
		return
	}
	entry.TotalSize = image.Size()
	for _, layer := range image.Layers {
		entry.Layers = append(entry.Layers, layerOutput{layer.Digest, layer.Size, string(layer.MediaType)})
	}
	if json.Valid(image.ConfigBytes) {
		entry.Config = image.ConfigBytes
	}
}

func hashText(h v1.Hash) string {
	if h == (v1.Hash{}) {
		return ""
	}
	return h.String()
}
