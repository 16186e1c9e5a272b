package registrytest

import (
	"strings"
	"testing"
)

// A Shape is an index or image in the form that a public tool writes.
type Shape struct {
	Artifact

	// Referrers name Artifact as their subject and are in no index.
	Referrers []Artifact
	// Absent are children of the index that the repository does not hold.
	Absent []Artifact
}

// Shapes returns all shapes by name. The function that makes a shape names the source of its format.
func Shapes() map[string]Shape {
	return map[string]Shape{
		"annotated":            {Artifact: annotatedShape()},
		"chart":                {Artifact: chartShape()},
		"cnab":                 {Artifact: cnabShape()},
		"disk":                 {Artifact: diskShape()},
		"hostprocess":          {Artifact: hostProcessShape()},
		"levels":               {Artifact: levelsShape()},
		"lone":                 {Artifact: loneShape()},
		"lone-config":          {Artifact: loneConfigShape()},
		"machine-os":           {Artifact: machineOSShape()},
		"model":                {Artifact: modelShape()},
		"nydus":                {Artifact: nydusShape()},
		"nydus-artifact":       {Artifact: nydusArtifactShape()},
		"referrer-attestation": referrerAttestationShape(),
		"sbom":                 {Artifact: sbomShape()},
		"soci":                 {Artifact: sociShape()},
		"soci-attested":        {Artifact: sociAttestedShape()},
		"sparse":               sparseShape(),
		"zstd":                 {Artifact: zstdShape()},
	}
}

// Push uploads the shape as [Artifact.Push] does, then its referrers. A registry that checks the children
// of an index refuses a shape with absent children.
func (s Shape) Push(baseURL, repository, tag string) error {
	if err := s.Artifact.Push(baseURL, repository, tag); err != nil {
		return err
	}
	for _, referrer := range s.Referrers {
		if err := referrer.PushReferrer(baseURL, repository, s.Digest); err != nil {
			return err
		}
	}
	return nil
}

// WriteLayout writes the shape as [Artifact.WriteLayout] does. The list of its referrers has the name of the
// referrers tag (distribution-spec, "Referrers Tag Schema").
func (s Shape) WriteLayout(dir, refName string) error {
	if err := s.Artifact.WriteLayout(dir, refName); err != nil || len(s.Referrers) == 0 {
		return err
	}
	return Index(false, s.Referrers...).WriteLayout(dir, referrersTag(s.Digest))
}

// WriteArchive writes the shape into a file as an OCI archive.
func (s Shape) WriteArchive(path, refName string) error {
	return writeArchive(path, func(dir string) error { return s.WriteLayout(dir, refName) })
}

// PushShape stores a shape as [Registry.Push] does, with its referrers. It takes absent children away again,
// so a registry that checks the children of an index holds the shape too.
func (g *Registry) PushShape(t testing.TB, repository, tag string, s Shape) {
	t.Helper()
	for _, child := range s.Absent {
		g.Push(t, repository, "", child)
	}
	g.Push(t, repository, tag, s.Artifact)
	for _, child := range s.Absent {
		g.DeleteManifest(repository, child.Digest)
	}
	for _, referrer := range s.Referrers {
		g.Push(t, repository, "", referrer)
	}
	if len(s.Referrers) > 0 && !g.options.Referrers {
		g.Push(t, repository, referrersTag(s.Digest), Index(false, s.Referrers...))
	}
}

// referrersTag is the tag that lists the referrers of a manifest where the registry does not list them.
func referrersTag(digest string) string { return strings.Replace(digest, ":", "-", 1) }
