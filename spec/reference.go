package spec

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Kind tells what sort of thing keeps the images of a [Place].
type Kind int

const (
	// Registry is a repository on a registry server.
	Registry Kind = iota
	// OCILayout is a folder in the OCI image layout.
	OCILayout
)

// layoutPrefix introduces the folder of an OCI layout. A bare name is never taken for a file.
const layoutPrefix = "oci-layout:"

// A Place is where images are kept: a repository on a registry, or a folder on disk.
// Places can be compared.
type Place struct {
	Kind       Kind
	Repository name.Repository // of a Registry
	Path       string          // of anything on disk
}

// String is the place as it can be written in a spec.
func (p Place) String() string {
	if p.Kind == OCILayout {
		return layoutPrefix + p.Path
	}
	registry := p.Repository.RegistryStr()
	if registry == name.DefaultRegistry {
		registry = "docker.io" // what people write
	}
	return registry + "/" + p.Repository.RepositoryStr()
}

// MarshalText writes the place as String does.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// A Reference names one image in a place. With a digest, the digest counts and the tag is only
// kept for messages. With neither, it means what is obvious at that place: see [ParseReference].
type Reference struct {
	Place  Place
	Tag    string
	Digest v1.Hash
}

// String is the reference as it can be written in a spec.
func (r Reference) String() string {
	s := r.Place.String()
	if r.Tag != "" {
		s += ":" + r.Tag
	}
	if r.Digest != (v1.Hash{}) {
		s += "@" + r.Digest.String()
	}
	return s
}

// MarshalText writes the reference as String does.
func (r Reference) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// WithDefaultTag names the tag "latest" where a registry reference has neither tag nor digest.
// On disk no name means the only image there, which the reader of the layout finds out.
func (r Reference) WithDefaultTag() Reference {
	if r.Place.Kind == Registry && r.Tag == "" && r.Digest == (v1.Hash{}) {
		r.Tag = "latest"
	}
	return r
}

var (
	// The grammar of the distribution spec ("Pulling manifests"), stricter than package name.
	repositoryGrammar = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagGrammar        = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
	placeholder       = regexp.MustCompile(`\$\{[^}]*\}?|\$[A-Za-z_]\w*|\{\{.*?\}\}`)
)

// CheckTag says what is wrong with a tag.
func CheckTag(tag string) error {
	if tagGrammar.MatchString(tag) {
		return nil
	}
	if p := placeholder.FindString(tag); p != "" {
		return fmt.Errorf("tag %q: the placeholder %s was not replaced", tag, p)
	}
	return fmt.Errorf("tag %q: a tag has up to 128 letters, digits, \"_\", \".\" and \"-\", and starts with a letter, a digit or \"_\"", tag)
}

// ParseReference parses a reference to an image: [REGISTRY/]REPOSITORY[:TAG][@DIGEST], or
// oci-layout:DIR[:TAG|@DIGEST] (oci-layout://DIR too). The tag stays empty where none is written.
func ParseReference(s string) (Reference, error) {
	if rest, ok := strings.CutPrefix(s, layoutPrefix); ok {
		return parseLayout(s, strings.TrimPrefix(rest, "//"))
	}
	if err := checkForm(s); err != nil {
		return Reference{}, err
	}
	var ref Reference
	rest, digest, pinned := strings.Cut(s, "@")
	if pinned {
		hash, err := parseDigest(digest)
		if err != nil {
			return Reference{}, fmt.Errorf("image %q: %w", s, err)
		}
		ref.Digest = hash
	}
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, '/') {
		rest, ref.Tag = rest[:i], rest[i+1:]
		if err := CheckTag(ref.Tag); err != nil {
			return Reference{}, fmt.Errorf("image %q: %w", s, err)
		}
	}
	repository, err := name.NewRepository(rest)
	if err != nil || !repositoryGrammar.MatchString(repository.RepositoryStr()) {
		return Reference{}, fmt.Errorf("image %q: %w", s, explainRepository(rest))
	}
	ref.Place = Place{Kind: Registry, Repository: repository}
	return ref, nil
}

// checkForm finds what people paste by mistake, to name it better than a grammar can.
func checkForm(s string) error {
	switch {
	case s == "":
		return errors.New("an image name is missing")
	case strings.ContainsAny(s, " \t\r\n"):
		return fmt.Errorf("image %q: there is a blank in the name", s)
	}
	if p := placeholder.FindString(s); p != "" {
		return fmt.Errorf("image %q: the placeholder %s was not replaced", s, p)
	}
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		return fmt.Errorf("image %q: leave out %s://, the name is %s", s, scheme, rest)
	}
	return nil
}

func explainRepository(s string) error {
	if lower := strings.ToLower(s); lower != s {
		return fmt.Errorf("a repository name is all lower case: %s", lower)
	}
	return fmt.Errorf("%q is no repository name (lower-case letters and digits, joined by \".\", \"_\", \"-\" and \"/\")", s)
}

func parseDigest(s string) (v1.Hash, error) {
	hash, err := v1.NewHash(s)
	if err != nil || hash.Algorithm != "sha256" {
		return v1.Hash{}, fmt.Errorf("digest %q: a digest is sha256: and 64 hex digits", s)
	}
	return hash, nil
}

// parseLayout parses what stands behind "oci-layout:". The first colon ends the folder, as in
// other tools, so that a name may hold slashes and colons; the one of C:\ or C:/ does not count.
func parseLayout(s, rest string) (Reference, error) {
	ref := Reference{Place: Place{Kind: OCILayout}}
	if dir, digest, ok := strings.Cut(rest, "@sha256:"); ok {
		hash, err := parseDigest("sha256:" + digest)
		if err != nil {
			return Reference{}, fmt.Errorf("image %q: %w", s, err)
		}
		rest, ref.Digest = dir, hash
	}
	drive := 0
	if len(rest) > 2 && rest[1] == ':' && (rest[2] == '\\' || rest[2] == '/') {
		drive = 2
	}
	if i := strings.IndexByte(rest[drive:], ':'); i >= 0 {
		rest, ref.Tag = rest[:drive+i], rest[drive+i+1:]
		if ref.Tag == "" || strings.ContainsAny(ref.Tag, " \t\r\n") {
			return Reference{}, fmt.Errorf("image %q: %q is no name of an image in a layout", s, ref.Tag)
		}
	}
	if rest == "" {
		return Reference{}, fmt.Errorf("image %q: the folder is missing: oci-layout:DIR[:TAG]", s)
	}
	ref.Place.Path = filepath.Clean(rest)
	return ref, nil
}
