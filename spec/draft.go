package spec

import (
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// The structs below are the file that Write makes, key by key and in this order.

type specFile struct {
	Image        any             `yaml:"image"` // a name, or several
	Tags         []string        `yaml:"tags,flow,omitempty"`
	Type         Type            `yaml:"type,omitempty"`
	Annotations  annotationsFile `yaml:"annotations,omitempty"`
	PlatformTags string          `yaml:"platform-tags,omitempty"`
	Manifests    []entryFile     `yaml:"manifests"`
}

type entryFile struct {
	Image       string          `yaml:"image"`
	Platform    platformFile    `yaml:"platform,omitempty"`
	Annotations annotationsFile `yaml:"annotations,omitempty"`
	comment     string
}

// annotationsFile may hold any text, also what the library would write as something else.
type annotationsFile map[string]string

// MarshalYAML quotes what needs it.
func (a annotationsFile) MarshalYAML() (any, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, key := range sortedKeys(a) {
		n.Content = append(n.Content, textNode(key), textNode(a[key]))
	}
	return n, nil
}

func textNode(text string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(text)
	if text == "<<" || strings.ContainsFunc(text, unicode.IsControl) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// platformFile is the platform of an entry: a mapping in one line, or the word none.
type platformFile struct{ entry Entry }

// IsZero reports that the key is left out.
func (p platformFile) IsZero() bool { return !p.entry.SaysPlatform() }

// MarshalYAML writes the fields that have a value, and those that are empty on purpose.
func (p platformFile) MarshalYAML() (any, error) {
	if p.entry.NoPlatform {
		return noPlatform, nil
	}
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	word := func(key, value string) {
		if value != "" || slices.Contains(p.entry.Empty, key) {
			n.Content = append(n.Content, textNode(key), textNode(value))
		}
	}
	list := func(key string, values []string) {
		if len(values) > 0 || slices.Contains(p.entry.Empty, key) {
			items := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
			for _, value := range values {
				items.Content = append(items.Content, textNode(value))
			}
			n.Content = append(n.Content, textNode(key), items)
		}
	}
	platform := p.entry.Platform
	word("os", platform.OS)
	word("architecture", platform.Architecture)
	word("variant", platform.Variant)
	word(keyOSVersion, platform.OSVersion)
	list(keyOSFeatures, platform.OSFeatures)
	list("features", platform.Features)
	return n, nil
}

// Names are all that the spec gives to the image: each tag of each target, or the place alone.
func (s Spec) Names() []Reference {
	var names []Reference
	for _, t := range s.Targets {
		if len(t.Tags) == 0 {
			names = append(names, Reference{Place: t.Place})
		}
		for _, tag := range t.Tags {
			names = append(names, Reference{Place: t.Place, Tag: tag})
		}
	}
	return names
}
