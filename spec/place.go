package spec

import (
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
)

// Kind is the kind of store that keeps the images of a [Place].
type Kind int

const (
	// Registry is a repository on a registry server.
	Registry Kind = iota
	// OCILayout is a folder in the OCI image layout.
	OCILayout
	// OCIArchive is a tar with an OCI image layout in it.
	OCIArchive
	// DockerArchive is a tar as docker save writes it.
	DockerArchive
)

// diskWords introduce what is on disk. A bare name is never taken for a file.
var diskWords = map[Kind]string{OCILayout: "oci-layout", OCIArchive: "oci-archive", DockerArchive: "docker-archive"}

// String is the word of the kind; a registry has none.
func (k Kind) String() string { return diskWords[k] }

// IsArchive reports whether the kind is an archive, which is one file.
func (k Kind) IsArchive() bool { return k == OCIArchive || k == DockerArchive }

// A Place is where images are kept: a repository on a registry, or a folder or file on disk.
// Places can be compared.
type Place struct {
	Kind       Kind
	Repository name.Repository // of a Registry
	Path       string          // of anything on disk
}

// String is the place as it can be written in a spec. The zero value is the empty text.
func (p Place) String() string {
	switch {
	case p == Place{}:
		return ""
	case p.Kind != Registry:
		return p.Kind.String() + ":" + pathText(p.Path)
	}
	registry := p.Repository.RegistryStr()
	if registry == name.DefaultRegistry {
		registry = "docker.io" // what people write
	}
	return registry + "/" + p.Repository.RepositoryStr()
}

// MarshalText writes the place as String does. The zero value is the empty text.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the text that MarshalText writes.
func (p *Place) UnmarshalText(text []byte) error {
	var ref Reference
	if err := ref.UnmarshalText(text); err != nil {
		return err
	}
	if *p = ref.Place; ref != (Reference{Place: *p}) {
		return fmt.Errorf("place %q: expected a name without tag and digest", text)
	}
	return nil
}

// what describes the text after the prefix, for a message.
func (k Kind) what() string {
	if k.IsArchive() {
		return "FILE"
	}
	return "DIR"
}

// nearestKind returns the kind that the user most likely meant, or Registry. The docker of docker:27 is not a slip.
func nearestKind(word string) Kind {
	candidates := []string{OCILayout.String()}
	if strings.Contains(word, "-") {
		candidates = append(candidates, OCIArchive.String(), DockerArchive.String())
	}
	nearest := nearest.Word(word, candidates...)
	for kind, word := range diskWords {
		if word == nearest {
			return kind
		}
	}
	return Registry
}
