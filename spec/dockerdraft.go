package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// DockerDraftFolder is the name of the folder in which docker manifest create keeps a draft, below "manifests" in the
// folder of docker's configuration.
func DockerDraftFolder(list Reference) string {
	return strings.NewReplacer(":", "-", "/", "_").Replace(dockerName(list))
}

// dockerName is a reference as docker writes it, with the host and the tag.
func dockerName(r Reference) string {
	registry := strings.Replace(r.Place.Repository.RegistryStr(), "index.docker.io", "docker.io", 1)
	return registry + "/" + r.Place.Repository.RepositoryStr() + ":" + r.Tag
}

// FromDockerDraft makes a Spec of the files in which docker manifest create keeps a draft, one for each image. A platform
// is what docker read in the config, or docker manifest annotate has set.
func FromDockerDraft(target string, files [][]byte) (Spec, error) {
	s, _, err := FromMembers(target, nil, Options{})
	if err != nil {
		return s, err
	}
	var found faults
	for _, raw := range files {
		e, err := dockerMember(raw)
		found.add(err)
		s.Entries = append(s.Entries, e)
	}
	found.add(s.checkSize())
	return s, found.err()
}

// dockerMember reads the file of one image. Earlier versions of docker have the digest and the platform beside the
// reference.
func dockerMember(raw []byte) (Entry, error) {
	var file struct {
		Ref        string
		Digest     string
		Platform   *v1.Platform
		Descriptor struct {
			Digest   string       `json:"digest"`
			Platform *v1.Platform `json:"platform"`
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return Entry{}, errors.New("a file of the draft is not what docker manifest create writes")
	}
	if file.Descriptor.Digest == "" {
		file.Descriptor.Digest, file.Descriptor.Platform = file.Digest, file.Platform
	}
	ref, err := ParseReference(file.Ref)
	if err != nil {
		return Entry{}, fmt.Errorf("a file of the draft: %w", err)
	}
	if ref.Digest, err = parseDigest(file.Descriptor.Digest); err != nil {
		return Entry{}, fmt.Errorf("the draft of %s: %w", ref, err)
	}
	e := Entry{Source: ref}
	if p := file.Descriptor.Platform; p != nil {
		e.Platform = platforms.Normalise(*p)
		e.Platform.Features = nil
	}
	return e, nil
}
