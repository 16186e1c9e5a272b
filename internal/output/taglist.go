package output

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// PrintTags prints a tag on each line. The long form is a table with what each tag holds.
func (p *Printer) PrintTags(list plan.TagList, long bool) error {
	if long {
		return p.WriteResult(p.tagTable(list.Tags))
	}
	var b bytes.Buffer
	for _, t := range list.Tags {
		fmt.Fprintln(&b, Printable(t.Tag))
	}
	return p.WriteResult(b.Bytes())
}

// NameHiddenTags says how many tags a list leaves out, and why it is empty.
func (p *Printer) NameHiddenTags(list plan.TagList) {
	if list.Listed == 0 {
		p.infof("%s has no tags", list.Place)
	}
	if list.Listed > 0 && len(list.Tags)+list.Hidden == 0 {
		p.infof("none of %s matches --filter", Count(list.Listed, "tag"))
	}
	if list.Hidden > 0 {
		p.infof("%s of signatures and other referrers not listed: use --all", Count(list.Hidden, "tag"))
	}
}

// tagTable is a table with whole digests, or with short ones if the terminal is narrow.
func (p *Printer) tagTable(tags []plan.ListedTag) []byte {
	table := tagRows(tags, false)
	if width := p.width(); width > 0 && widest(table) > width {
		table = tagRows(tags, true)
	}
	return table
}

func tagRows(tags []plan.ListedTag, short bool) []byte {
	t := newTable("", 2)
	t.row("TAG", "DIGEST", "TYPE", "PLATFORMS", "SIZE")
	for _, tag := range tags {
		digest, platforms, size := "-", "-", "-"
		if tag.Digest.Hex != "" {
			digest = tag.Digest.String()
		}
		if short {
			digest = shorten(digest)
		}
		if len(tag.Platforms) > 0 {
			platforms = strings.Join(listedPlatforms(tag.Platforms), ", ")
		}
		if tag.Kind != index.Nested && tag.Kind != "" {
			size = HumanSize(tag.Size)
		}
		t.row(tag.Tag, digest, tagType(tag), platforms, size)
	}
	return t.bytes()
}

// listedPlatforms are the platforms of an index, each once.
func listedPlatforms(platforms []v1.Platform) []string {
	var names []string
	for _, p := range platforms {
		if name := index.PlatformText(p); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// tagType is the word for what a tag holds.
func tagType(t plan.ListedTag) string {
	switch {
	case t.Gone:
		return "gone"
	case t.Err != nil:
		return "unreadable"
	}
	return string(t.Kind)
}

type tagsOutput struct {
	Schema     string            `json:"schema"` // manifest-tool.tags/v1
	Repository string            `json:"repository"`
	Tags       []listedTagOutput `json:"tags"`
	Hidden     int               `json:"hidden,omitempty"`
}

type listedTagOutput struct {
	Tag          string   `json:"tag"`
	Digest       string   `json:"digest,omitempty"`
	Type         string   `json:"type,omitempty"` // image, index, artifact
	MediaType    string   `json:"mediaType,omitempty"`
	ArtifactType string   `json:"artifactType,omitempty"`
	Platforms    []string `json:"platforms,omitempty"`
	TotalSize    int64    `json:"totalSize,omitempty"` // config and layers of a single manifest
	Gone         bool     `json:"gone,omitempty"`
	Error        string   `json:"error,omitempty"`
}

// PrintTagsJSON prints a list of tags as JSON.
func (p *Printer) PrintTagsJSON(list plan.TagList) error {
	out := tagsOutput{Schema: "manifest-tool.tags/v1", Repository: list.Place.String(), Tags: []listedTagOutput{}, Hidden: list.Hidden}
	for _, t := range list.Tags {
		tag := listedTagOutput{
			Tag: t.Tag, Digest: hashText(t.Digest), MediaType: string(t.MediaType), ArtifactType: t.ArtifactType,
			Platforms: listedPlatforms(t.Platforms), TotalSize: t.Size, Gone: t.Gone,
		}
		if t.Err != nil {
			tag.Error = t.Err.Error()
		} else {
			tag.Type = string(t.Kind)
		}
		out.Tags = append(out.Tags, tag)
	}
	return p.WriteJSON(out)
}

// PrintDigests prints a digest on each line.
func (p *Printer) PrintDigests(digests []v1.Hash) error {
	var b bytes.Buffer
	for _, digest := range digests {
		fmt.Fprintln(&b, digest)
	}
	return p.WriteResult(b.Bytes())
}

// A TagsError says which tags of a repository could not be read.
type TagsError struct {
	errs []error
	all  int
}

// TagErrors returns an error if tags of a list could not be read.
func TagErrors(list plan.TagList) error {
	e := &TagsError{all: len(list.Tags)}
	for _, t := range list.Tags {
		if t.Err != nil {
			e.errs = append(e.errs, t.Err)
		}
	}
	if e.errs == nil {
		return nil
	}
	return e
}

// maxTagErrors is how many errors of tags are printed.
const maxTagErrors = 10

func (e *TagsError) Error() string {
	lines := []string{fmt.Sprintf("%d of %s could not be read:", len(e.errs), Count(e.all, "tag"))}
	for i, err := range e.errs {
		if i == maxTagErrors {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.errs)-i))
			break
		}
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the first error.
func (e *TagsError) Unwrap() error { return e.errs[0] }
