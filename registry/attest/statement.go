package attest

import (
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// The identifiers of a statement (in-toto attestation framework, "Statement v1"; SLSA v1.1, "Build: Provenance").
const (
	StatementType = "https://in-toto.io/Statement/v1"
	PredicateType = "https://slsa.dev/provenance/v1"
	// BuildType names the rules by which Parameters, dependencies and byproducts are to be read.
	BuildType = reference + "#assembly-v1"

	reference = "https://github.com/manifest-tool/manifest-tool/blob/main/docs/reference/provenance.md"
)

// An Assembly is what a run has put together.
type Assembly struct {
	Target     spec.Place
	Index      v1.Hash
	Tags       []Tag
	Parameters Parameters
	Sources    []Source
	Builder    Builder
}

// A Tag is a tag of the target, and the digest that it gets.
type Tag struct {
	Tag    string  `json:"tag"`
	Digest v1.Hash `json:"digest"`
}

// Parameters are what the user asked for: a spec or an edit, and the options that change the result. They hold no
// credential, because no name of an image may have one, and no path of a disk but its last element.
type Parameters struct {
	Edited           string             `json:"edited,omitempty"` // the index that an edit changes
	Targets          []string           `json:"targets"`
	Type             string             `json:"type"`
	Entries          []EntryParameters  `json:"entries,omitempty"`
	Remove           []string           `json:"remove,omitempty"`
	SetPlatform      map[string]string  `json:"setPlatform,omitempty"`
	Annotations      map[string]string  `json:"annotations,omitempty"`
	ImageAnnotations []AnnotationOfEach `json:"imageAnnotations,omitempty"`
	PlatformTags     string             `json:"platformTags,omitempty"`
	Platforms        []string           `json:"platforms,omitempty"`
	DropAttestations bool               `json:"dropAttestations,omitempty"`
	IgnoreMissing    bool               `json:"ignoreMissing,omitempty"`
	KeepMissing      bool               `json:"keepMissing,omitempty"`
	RecordSources    bool               `json:"recordSources,omitempty"`
}

// EntryParameters are those of one entry of a spec.
type EntryParameters struct {
	Image       string            `json:"image"`
	Platform    string            `json:"platform,omitempty"` // none: the entry has no platform on purpose
	Empty       []string          `json:"empty,omitempty"`    // fields of the platform that are empty on purpose
	Annotations map[string]string `json:"annotations,omitempty"`
}

// An AnnotationOfEach is an annotation of the entries for a platform, or of all entries.
type AnnotationOfEach struct {
	Platform string `json:"platform,omitempty"`
	Key      string `json:"key"`
	Value    string `json:"value"`
}

// A Source is an image or an index that the assembly has read.
type Source struct {
	Reference spec.Reference
	// Platform is the one that was taken out of the source; zero if all were.
	Platform v1.Platform
	Digest   v1.Hash
}

type statement struct {
	Type          string       `json:"_type"`
	Subject       []descriptor `json:"subject"`
	PredicateType string       `json:"predicateType"`
	Predicate     predicate    `json:"predicate"`
}

// A descriptor is a ResourceDescriptor of the in-toto attestation framework.
type descriptor struct {
	Name    string    `json:"name,omitempty"`
	URI     string    `json:"uri,omitempty"`
	Digest  digestSet `json:"digest"`
	Content []byte    `json:"content,omitempty"`
}

type digestSet struct {
	SHA256 string `json:"sha256"`
}

type predicate struct {
	BuildDefinition buildDefinition `json:"buildDefinition"`
	RunDetails      runDetails      `json:"runDetails"`
}

type buildDefinition struct {
	BuildType            string       `json:"buildType"`
	ExternalParameters   Parameters   `json:"externalParameters"`
	ResolvedDependencies []descriptor `json:"resolvedDependencies"`
}

type runDetails struct {
	Builder    builder      `json:"builder"`
	Metadata   *metadata    `json:"metadata,omitempty"`
	Byproducts []descriptor `json:"byproducts"`
}

type builder struct {
	ID string `json:"id"`
}

// metadata has no times: they would make the statement another one in each run.
type metadata struct {
	InvocationID string `json:"invocationId"`
}

// Statement returns the statement about an assembly.
func (a Assembly) Statement() (json.RawMessage, error) {
	plan, err := a.plan()
	if err != nil {
		return nil, err
	}
	p := predicate{
		BuildDefinition: buildDefinition{BuildType: BuildType, ExternalParameters: a.Parameters, ResolvedDependencies: a.dependencies()},
		RunDetails:      runDetails{Builder: builder{a.Builder.ID}, Byproducts: []descriptor{plan}},
	}
	if a.Builder.InvocationID != "" {
		p.RunDetails.Metadata = &metadata{a.Builder.InvocationID}
	}
	subject := descriptor{Name: subjectName(a.Target), Digest: digestSet{a.Index.Hex}}
	return registry.CompactJSON(statement{StatementType, []descriptor{subject}, PredicateType, p})
}

// subjectName is the repository, as cosign names a subject. A tag would not stay true. A place on disk has no name
// elsewhere (in-toto attestation framework, "Statement v1", subject.name).
func subjectName(place spec.Place) string {
	if place.Kind != spec.Registry {
		return "_"
	}
	return place.String()
}

// dependencies are the sources, each once, in their order.
func (a Assembly) dependencies() []descriptor {
	seen := map[string]bool{}
	dependencies := []descriptor{}
	for _, s := range a.Sources {
		d := descriptor{Digest: digestSet{s.Digest.Hex}}
		if s.Reference.Place.Kind == spec.Registry {
			d.URI = purl(s)
		} else {
			d.Name = Public(s.Reference)
		}
		if key := d.URI + " " + d.Name + " " + d.Digest.SHA256; !seen[key] {
			seen[key] = true
			dependencies = append(dependencies, d)
		}
	}
	return dependencies
}

// plan describes what the run was to do: the index and the tags of the target.
func (a Assembly) plan() (descriptor, error) {
	tags := a.Tags
	if tags == nil {
		tags = []Tag{}
	}
	raw, err := registry.CompactJSON(struct {
		Target string  `json:"target"`
		Index  v1.Hash `json:"index"`
		Tags   []Tag   `json:"tags"`
	}{Public(spec.Reference{Place: a.Target}), a.Index, tags})
	return descriptor{Name: "plan", Digest: digestSet{registry.DigestOf(raw).Hex}, Content: raw}, err
}

// Predicate returns the predicate of a statement, byte for byte.
func Predicate(statement []byte) (json.RawMessage, error) {
	var s struct{ Predicate json.RawMessage }
	err := json.Unmarshal(statement, &s)
	return s.Predicate, err
}
