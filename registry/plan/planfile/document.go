package planfile

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// Schema is the name of the format. A change that breaks readers changes the number.
const Schema = "manifest-tool.plan/v1"

// A Document is the JSON of a plan file.
type Document struct {
	Schema  string        `json:"schema"`
	Options *Options      `json:"options,omitempty"`
	AllTags bool          `json:"allTags,omitempty"` // of copy --all-tags
	Images  []Image       `json:"images"`
	Totals  plan.Estimate `json:"totals"`
}

// Options are the flags that change how a plan is carried out.
type Options struct {
	Force    bool `json:"force,omitempty"`
	Strict   bool `json:"strict,omitempty"`
	Compress bool `json:"compress,omitempty"`
}

// An Image is an index, or a single image, and what becomes of it at each target.
type Image struct {
	Digest    v1.Hash  `json:"digest"`
	Size      int64    `json:"size"`
	MediaType string   `json:"mediaType"`
	Platforms []string `json:"platforms,omitempty"`
	// Index has the bytes of the index, or of the manifest of a single image. Bytes that are not UTF-8 are never read.
	Index   string   `json:"index"`
	Split   bool     `json:"split,omitempty"` // only its images get tags
	Changes []Change `json:"changes,omitempty"`
	Skipped []string `json:"skipped,omitempty"`
	Targets []Target `json:"targets"`
}

// A Change is one change of an edit.
type Change struct {
	Change   string       `json:"change"`
	Platform *v1.Platform `json:"platform,omitempty"`
	Previous v1.Hash      `json:"previous,omitempty,omitzero"`
	Digest   v1.Hash      `json:"digest,omitempty,omitzero"`
}

// A Target is what becomes of the image in one repository, layout or archive.
type Target struct {
	Target    string     `json:"target"`
	Tags      []Tag      `json:"tags"`
	Manifests []Manifest `json:"manifests"`
	Referrers []Referrer `json:"referrers,omitempty"`
	// The costs of the target.
	Requests plan.Range `json:"requests"`
	Bytes    plan.Range `json:"bytes"`
}

// A Tag is what becomes of a tag.
type Tag struct {
	Tag               string   `json:"tag"`
	Action            string   `json:"action"` // created, moved, unchanged, rewritten
	From              v1.Hash  `json:"from,omitempty,omitzero"`
	To                v1.Hash  `json:"to"`
	Platform          string   `json:"platform,omitempty"` // of the image, where the tag is not for the index
	PreviousPlatforms []string `json:"previousPlatforms,omitempty"`
	LostPlatforms     []string `json:"lostPlatforms,omitempty"`
	// LosesReferrers reports whether From has referrers, and To has none; absent if that is not known.
	LosesReferrers *bool `json:"losesReferrers,omitempty"`
}

// A Manifest is a manifest that the target needs, and how it comes there.
type Manifest struct {
	Digest       v1.Hash      `json:"digest"`
	Size         int64        `json:"size"`
	MediaType    string       `json:"mediaType"`
	Kind         index.Kind   `json:"kind"`
	Platform     *v1.Platform `json:"platform,omitempty"`
	ArtifactType string       `json:"artifactType,omitempty"`
	Subject      v1.Hash      `json:"subject,omitempty,omitzero"`  // the image that it belongs to
	RefersTo     v1.Hash      `json:"refersTo,omitempty,omitzero"` // the subject that the manifest itself names
	Source       string       `json:"source"`                      // by digest
	Named        string       `json:"named"`                       // the source as the user named it
	Action       plan.Way     `json:"action"`
	Bytes        int64        `json:"bytes"` // of the blobs, if they have to be sent
	Blobs        []Blob       `json:"blobs,omitempty"`
}

// A Blob is the config or a layer of an image.
type Blob struct {
	Digest    v1.Hash `json:"digest"`
	Size      int64   `json:"size"`
	MediaType string  `json:"mediaType"`
}

// A Referrer is a manifest about the image, such as a signature.
type Referrer struct {
	Manifest Manifest   `json:"manifest"`
	Tag      *Tag       `json:"tag,omitempty"`     // of cosign
	Covered  bool       `json:"covered,omitempty"` // the target holds all of it, and more
	Children []Manifest `json:"children,omitempty"`
}
