package output

import (
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

type inspectOutput struct {
	Schema      string            `json:"schema"` // manifest-tool.inspect/v1
	Name        string            `json:"name"`
	Digest      v1.Hash           `json:"digest"`
	Size        int64             `json:"size"`
	MediaType   string            `json:"mediaType"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Manifests   []entryOutput     `json:"manifests,omitempty"` // of an index
	Image       *entryOutput      `json:"image,omitempty"`     // of a single image
	Shared      *sharedOutput     `json:"shared,omitempty"`    // of an index
	Node        *nodeOutput       `json:"node,omitempty"`      // with --for
	// with --referrers
	Referrers       []foundReferrer `json:"referrers,omitempty"`
	HiddenReferrers string          `json:"hiddenReferrers,omitempty"`
}

// sharedOutput is what the images of an index have in common.
type sharedOutput struct {
	Layers    int   `json:"layers"`
	Size      int64 `json:"size"`
	Images    int   `json:"images"`
	TotalSize int64 `json:"totalSize"`
}

type entryOutput struct {
	Digest        v1.Hash           `json:"digest"`
	Size          int64             `json:"size"`
	MediaType     string            `json:"mediaType"`
	Platform      *v1.Platform      `json:"platform,omitempty"`
	Kind          index.Kind        `json:"kind,omitempty"` // image, attestation, companion, artifact, index
	ArtifactType  string            `json:"artifactType,omitempty"`
	AttestationOf string            `json:"attestationOf,omitempty"`
	CompanionOf   string            `json:"companionOf,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
	Source        string            `json:"source,omitempty"` // the reference that it was taken from
	Copied        bool              `json:"copied,omitempty"` // the target did not hold it
	Missing       bool              `json:"missing,omitempty"`
	Layers        []layerOutput     `json:"layers,omitempty"`
	TotalSize     int64             `json:"totalSize,omitempty"` // config and layers
	Config        json.RawMessage   `json:"config,omitempty"`
	Statements    []statementOutput `json:"statements,omitempty"` // of an attestation
}

type layerOutput struct {
	Digest        v1.Hash `json:"digest"`
	Size          int64   `json:"size"`
	MediaType     string  `json:"mediaType"`
	PredicateType string  `json:"predicateType,omitempty"` // of a statement in an attestation
}

// PrintInspectionJSON prints an image or an index as JSON, and with their configs on request.
func (p *Printer) PrintInspectionJSON(found plan.Inspection, withConfigs bool) error {
	out := inspectionOutput(found)
	if out.Image != nil && !withConfigs {
		out.Image.Config = nil
	}
	return p.WriteJSON(out)
}

func inspectionOutput(found plan.Inspection) inspectOutput {
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
		entry.setKind(e.Entry)
		entry.Missing = e.Missing
		if e.Kind == index.Artifact || e.Kind == index.Companion {
			entry.ArtifactType = artifactType(e)
		}
		addDetails(&entry, e.Image)
		entry.Statements = statementsOutput(e.Statements)
		out.Manifests = append(out.Manifests, entry)
	}
	if s := found.Shared(); s.Total > 0 {
		out.Shared = &sharedOutput{s.Layers, s.Size, s.Images, s.Total}
	}
	out.Referrers, out.HiddenReferrers = referrersOutput(found), hiddenText(found.HiddenReferrers)
	return out
}

func descriptorOutput(d v1.Descriptor) entryOutput {
	return entryOutput{Digest: d.Digest, Size: d.Size, MediaType: string(d.MediaType), Annotations: d.Annotations}
}

// setKind fills in what an entry is, its platform, and the image that it belongs to.
func (out *entryOutput) setKind(e index.Entry) {
	out.Kind = e.Kind
	switch {
	case e.Kind == index.Attestation:
		out.AttestationOf = hashText(e.Subject)
		return
	case e.Kind == index.Companion:
		out.CompanionOf = hashText(e.Subject)
	}
	if e.Platform.OS+e.Platform.Architecture != "" {
		out.Platform = &e.Platform
	}
}

func addDetails(entry *entryOutput, image *plan.ImageDetails) {
	if image == nil {
		return
	}
	entry.TotalSize = image.Size()
	entry.Layers = layersOutput(image.Layers)
	if json.Valid(image.ConfigBytes) {
		entry.Config = image.ConfigBytes
	}
}

func layersOutput(layers []v1.Descriptor) (list []layerOutput) {
	for _, layer := range layers {
		list = append(list, layerOutput{layer.Digest, layer.Size, string(layer.MediaType), layer.Annotations[plan.PredicateType]})
	}
	return list
}
