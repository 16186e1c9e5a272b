package output

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/diff"
	"github.com/manifest-tool/manifest-tool/registry/index"
)

type diffOutput struct {
	Schema      string             `json:"schema"` // manifest-tool.diff/v1
	Same        bool               `json:"same"`
	Comparisons []comparisonOutput `json:"comparisons"`
}

type comparisonOutput struct {
	A         sideOutput        `json:"a"`
	B         sideOutput        `json:"b"`
	Same      bool              `json:"same"`
	Changes   []fieldOutput     `json:"changes,omitempty"`
	Reordered bool              `json:"reordered,omitempty"`
	Entries   []entryDiffOutput `json:"entries,omitempty"`
	Unchanged int               `json:"unchanged"`
	// OnlyEncoding: the digests differ, but no field does.
	OnlyEncoding bool `json:"onlyEncoding,omitempty"`
	Equivalent   bool `json:"equivalent,omitempty"`
}

type sideOutput struct {
	Name      string `json:"name"`
	Exists    bool   `json:"exists"`
	Digest    string `json:"digest,omitempty"`
	Size      int64  `json:"size,omitempty"`
	MediaType string `json:"mediaType,omitempty"`
}

type fieldOutput struct {
	Change string  `json:"change"` // added, removed, changed
	Field  string  `json:"field"`
	Name   string  `json:"name,omitempty"`
	From   *string `json:"from,omitempty"`
	To     *string `json:"to,omitempty"`
}

type entryDiffOutput struct {
	Change   string           `json:"change"` // added, removed, replaced, changed
	Kind     index.Kind       `json:"kind"`
	Platform *v1.Platform     `json:"platform,omitempty"`
	A        *diffEntryOutput `json:"a,omitempty"`
	B        *diffEntryOutput `json:"b,omitempty"`
	Changes  []fieldOutput    `json:"changes,omitempty"` // of the descriptor
	Image    *imageDiffOutput `json:"image,omitempty"`
	Attached []attachedOutput `json:"attached,omitempty"`
}

type diffEntryOutput struct {
	Digest    v1.Hash `json:"digest"`
	Size      int64   `json:"size"`
	MediaType string  `json:"mediaType"`
	Missing   bool    `json:"missing,omitempty"`
	Broken    string  `json:"broken,omitempty"`
	Layers    *int    `json:"layers,omitempty"`
	TotalSize int64   `json:"totalSize,omitempty"`
}

type imageDiffOutput struct {
	Manifest []fieldOutput    `json:"manifest,omitempty"`
	Config   []fieldOutput    `json:"config,omitempty"`
	History  *historyOutput   `json:"history,omitempty"`
	Layers   layersDiffOutput `json:"layers"`
}

type historyOutput struct {
	From      int `json:"from"`
	To        int `json:"to"`
	Differing int `json:"differing"`
}

type layersDiffOutput struct {
	Shared      countOutput `json:"shared"`
	Added       countOutput `json:"added"`
	Removed     countOutput `json:"removed"`
	Reordered   bool        `json:"reordered,omitempty"`
	SameContent bool        `json:"sameContent,omitempty"`
}

type countOutput struct {
	Count int   `json:"count"`
	Size  int64 `json:"size"`
}

type attachedOutput struct {
	Change       string     `json:"change"` // added, removed
	Kind         index.Kind `json:"kind"`
	Digest       v1.Hash    `json:"digest"`
	ArtifactType string     `json:"artifactType,omitempty"`
}

func differencesOutput(found []diff.Difference) diffOutput {
	out := diffOutput{Schema: "manifest-tool.diff/v1", Same: true, Comparisons: []comparisonOutput{}}
	for _, d := range found {
		c := comparisonOutput{
			A: sideOutputOf(d.A), B: sideOutputOf(d.B), Same: d.Same(), Changes: changesOutput(d.Changes),
			Reordered: d.Reordered, Unchanged: d.Unchanged, OnlyEncoding: !d.Same() && !d.IsExplained() && !d.Equivalent, Equivalent: d.Equivalent,
		}
		for _, e := range d.Entries {
			c.Entries = append(c.Entries, entryDiffOutputOf(e))
		}
		out.Same = out.Same && c.Same
		out.Comparisons = append(out.Comparisons, c)
	}
	return out
}

func sideOutputOf(r diff.Root) sideOutput {
	if !r.Exists {
		return sideOutput{Name: r.Name}
	}
	d := r.Descriptor
	return sideOutput{Name: r.Name, Exists: true, Digest: d.Digest.String(), Size: d.Size, MediaType: string(d.MediaType)}
}

func changesOutput(changes []diff.Change) []fieldOutput {
	var out []fieldOutput
	for _, c := range changes {
		out = append(out, fieldOutput{changeWord(c.From == nil, c.To == nil), c.Field, c.Name, c.From, c.To})
	}
	return out
}

// changeWord says how a field changed, given which side lacks the field.
func changeWord(lacksA, lacksB bool) string {
	switch {
	case lacksA && !lacksB:
		return "added"
	case lacksB && !lacksA:
		return "removed"
	}
	return "changed"
}

func entryDiffOutputOf(e diff.EntryDifference) entryDiffOutput {
	out := entryDiffOutput{Change: changeWord(e.A == nil, e.B == nil), Kind: e.Kind, Changes: changesOutput(e.Changes)}
	if e.IsReplaced() {
		out.Change = "replaced"
	}
	if e.Platform.OS+e.Platform.Architecture != "" {
		out.Platform = &e.Platform
	}
	out.A, out.B = diffEntryOutputOf(e.A), diffEntryOutputOf(e.B)
	if e.Image != nil {
		out.Image = imageDiffOutputOf(*e.Image)
	}
	for _, a := range e.Attached {
		attached := attachedOutput{changeWord(a.IsNew, !a.IsNew), a.Kind, a.Digest, ""}
		if a.Kind == index.Companion {
			attached.ArtifactType = a.Type
		}
		out.Attached = append(out.Attached, attached)
	}
	return out
}

func diffEntryOutputOf(e *diff.Entry) *diffEntryOutput {
	if e == nil {
		return nil
	}
	out := &diffEntryOutput{Digest: e.Descriptor.Digest, Size: e.Descriptor.Size, MediaType: string(e.Descriptor.MediaType), Missing: e.Missing, Broken: e.Flaw}
	if e.Image != nil && e.Flaw == "" {
		n := len(e.Image.Layers)
		out.Layers, out.TotalSize = &n, e.Image.Size()
	}
	return out
}

func imageDiffOutputOf(d diff.ImageDifference) *imageDiffOutput {
	l := d.Layers
	out := &imageDiffOutput{Manifest: changesOutput(d.Manifest), Config: changesOutput(d.Config), Layers: layersDiffOutput{
		countOutput{l.Shared.Number, l.Shared.Bytes}, countOutput{l.Added.Number, l.Added.Bytes}, countOutput{l.Removed.Number, l.Removed.Bytes}, l.Reordered, l.SameContent,
	}}
	if h := d.History; h != nil {
		out.History = &historyOutput{h.From, h.To, h.Differing}
	}
	return out
}
