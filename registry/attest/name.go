package attest

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// Public is a reference without the folders of a place on disk, which differ between machines.
func Public(r spec.Reference) string {
	if r.Place.Kind != spec.Registry {
		r.Place.Path = filepath.Base(r.Place.Path)
	}
	return r.String()
}

// purl is the package URL of a source, in the form of BuildKit (moby/buildkit, util/purl): pkg:docker/NAME@TAG, with
// the digest and the platform as qualifiers. It has a digest only if the user gave one.
func purl(s Source) string {
	repository := s.Reference.Place.Repository
	path := repository.RegistryStr() + "/" + repository.RepositoryStr()
	if repository.RegistryStr() == name.DefaultRegistry {
		path = strings.TrimPrefix(repository.RepositoryStr(), "library/")
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	text := "pkg:docker/" + strings.Join(segments, "/")
	if s.Reference.Tag != "" {
		text += "@" + url.PathEscape(s.Reference.Tag)
	}
	var qualifiers []string
	if s.Reference.Digest != (v1.Hash{}) {
		qualifiers = append(qualifiers, "digest="+qualifier(s.Reference.Digest.String()))
	}
	if p := s.Platform.String(); p != "" {
		qualifiers = append(qualifiers, "platform="+qualifier(p))
	}
	if qualifiers != nil {
		text += "?" + strings.Join(qualifiers, "&")
	}
	return text
}

// qualifier escapes a value (purl specification, "Character encoding": a colon stays as it is).
func qualifier(value string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(value), "+", "%20"), "%3A", ":")
}
