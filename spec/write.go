package spec

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// SchemaURL is where editors find the JSON Schema of specs.
const SchemaURL = "https://raw.githubusercontent.com/manifest-tool/manifest-tool/main/docs/schema/spec.schema.json"

// SchemaComment is the comment in which the YAML language server of an editor finds the schema of a file
// (https://github.com/redhat-developer/yaml-language-server#using-inlined-schema).
const SchemaComment = "yaml-language-server: $schema=" + SchemaURL

// Comments are what a file says beside a spec, for people.
type Comments struct {
	Head    string   // lines before the spec
	Entries []string // one for each entry, in its line; an entry may have none
	Foot    string   // lines after the spec
}

// Write gives the spec as a file that [Load] takes, with a comment at its head. A spec without tags comes
// back with the option ByDigest only.
func (s Spec) Write(comment string) ([]byte, error) { return s.WriteCommented(Comments{Head: comment}) }

// WriteCommented is Write with more comments. Their text may come from outside.
func (s Spec) WriteCommented(comments Comments) ([]byte, error) {
	file := specFile{Annotations: annotationsFile(s.Annotations), PlatformTags: s.PlatformTags.template}
	names := s.Names()
	if file.Image = names; len(s.Targets) == 1 {
		tags := s.Targets[0].Tags
		file.Image, file.Tags = names[0], tags[min(1, len(tags)):]
	}
	if s.Type != Auto {
		file.Type = s.Type
	}
	for i, e := range s.Entries {
		entry := entryFile{Image: e.Source.String(), Platform: platformFile{e}, Annotations: annotationsFile(e.Annotations)}
		if i < len(comments.Entries) {
			entry.comment = comments.Entries[i]
		}
		file.Manifests = append(file.Manifests, entry)
	}
	var b bytes.Buffer
	writeComment(&b, comments.Head)
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(file); err != nil {
		return nil, err
	}
	writeComment(&b, comments.Foot)
	if b.Len() > maxFile {
		return nil, fmt.Errorf("the spec is larger than the limit of %d KiB", maxFile>>10)
	}
	return b.Bytes(), nil
}

func writeComment(b *bytes.Buffer, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(b, "# %s\n", inOneLine(strings.TrimSuffix(line, "\n")))
	}
}

// inOneLine replaces the characters that YAML may take for the end of a line, and those that cannot be seen.
func inOneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// MarshalYAML writes the comment of the entry behind its image.
func (e entryFile) MarshalYAML() (any, error) {
	type plain entryFile // without this method
	n := &yaml.Node{}
	if err := n.Encode(plain(e)); err != nil {
		return nil, err
	}
	if e.comment != "" {
		n.Content[1].LineComment = "# " + inOneLine(e.comment) // the value of the key image, which comes first
	}
	return n, nil
}
