package spec

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

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

// MarshalText writes the reference as String does. The zero value is the empty text.
func (r Reference) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the text that MarshalText writes.
func (r *Reference) UnmarshalText(text []byte) (err error) {
	*r = Reference{}
	if len(text) > 0 {
		*r, err = parseReference(string(text))
	}
	return err
}

// WithDefaultTag names the tag "latest" where a registry reference has neither tag nor digest.
// On disk no name means the only image there, which its reader finds out.
func (r Reference) WithDefaultTag() Reference {
	if r.Place.Kind == Registry && r.Tag == "" && r.Digest == (v1.Hash{}) {
		r.Tag = "latest"
	}
	return r
}

var (
	// The grammar of hosts is that of github.com/distribution/reference, that of names the one of the
	// distribution spec ("Pulling manifests"); package name is laxer in both.
	hostGrammar       = lazyregexp.New(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?$`)
	repositoryGrammar = lazyregexp.New(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagGrammar        = lazyregexp.New(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
	layoutNameGrammar = lazyregexp.New(`^[A-Za-z0-9]+(([-._:@+]|--)[A-Za-z0-9]+)*(/[A-Za-z0-9]+(([-._:@+]|--)[A-Za-z0-9]+)*)*$`)
	userInfo          = lazyregexp.New(`^([a-z]+://)?[^/@]*:[^/@]*@`)
	placeholder       = lazyregexp.New(`\$\{[^}]*\}?|\$[A-Za-z_]\w*|\{\{.*?\}\}`)
)

// CheckTag says what is wrong with a tag.
func CheckTag(tag string) error {
	switch {
	case tagGrammar().MatchString(tag):
		return nil
	case tag == "":
		return errors.New("a tag is empty: is a variable not set?")
	}
	if p := placeholder().FindString(tag); p != "" {
		return fmt.Errorf("tag %q: the placeholder %s was not replaced", tag, p)
	}
	if strings.ContainsAny(tag[:1], "-.") && tagGrammar().MatchString("0"+tag) {
		return fmt.Errorf("tag %q: a tag begins with a letter, a digit or \"_\": is a variable not set?", tag)
	}
	return fmt.Errorf("tag %q: a tag has at most 128 letters, digits, \"_\", \".\" and \"-\", and begins with a letter, a digit or \"_\"", tag)
}

// CheckLayoutName says what is wrong with the name of an image in a layout or archive: a tag, or a full
// name (image-spec, annotations.md, "org.opencontainers.image.ref.name").
func CheckLayoutName(name string) error {
	err := CheckTag(name)
	if err != nil && layoutNameGrammar().MatchString(name) {
		return nil
	}
	return err
}

// ParseReference parses a reference to an image: [REGISTRY/]REPOSITORY[:TAG][@DIGEST], or on disk
// oci-layout:DIR[:TAG|@DIGEST], oci-archive:FILE[:TAG|@DIGEST] or docker-archive:FILE[:NAME|@DIGEST]. On disk
// // may follow the word, and a colon within the path is written twice, except that of a drive (C:\dir). The
// tag stays empty where none is written.
func ParseReference(s string) (Reference, error) {
	if err := checkForm(s); err != nil {
		return Reference{}, err
	}
	return parseReference(s)
}

func parseReference(s string) (Reference, error) {
	for kind, word := range diskWords {
		if rest, ok := strings.CutPrefix(s, word+":"); ok {
			return parseOnDisk(s, kind, strings.TrimPrefix(rest, "//"))
		}
	}
	if err := checkName(s); err != nil {
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
	repository, err := parseRepository(rest)
	if err != nil {
		return Reference{}, fmt.Errorf("image %q: %w", s, err)
	}
	ref.Place = Place{Kind: Registry, Repository: repository}
	return ref, nil
}

// checkForm finds what people paste by mistake into any kind of reference.
func checkForm(s string) error {
	switch {
	case s == "":
		return errors.New("an image name is missing")
	case strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("image %q: the name contains a control character", s)
	}
	if p := placeholder().FindString(s); p != "" {
		return fmt.Errorf("image %q: the placeholder %s was not replaced", s, p)
	}
	return nil
}

// checkName finds what people paste into the name of an image on a registry, to name it better than
// a grammar can.
func checkName(s string) error {
	if user := userInfo().FindString(s); user != "" && user == s {
		return errors.New("image \"…@\": a digest or a name is missing behind @: is a variable not set?") // a password may stand before @
	} else if user != "" && !strings.HasPrefix(s[len(user):], "sha256:") {
		return fmt.Errorf("image \"…@%s\": remove the user name and the password from the name: use --username and --password-stdin", s[len(user):])
	}
	if strings.HasPrefix(s, "sha256:") && !strings.Contains(s, "/") {
		return fmt.Errorf("image %q: the repository is missing: REPOSITORY@%[1]s", s)
	}
	if strings.Contains(s, " ") {
		return fmt.Errorf("image %q: the name contains a space", s)
	}
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		return fmt.Errorf("image %q: remove %s:// from the name: use %s", s, scheme, rest)
	}
	// A slip would mean an official image of Docker Hub, and none has a name like that. With a slash, the text
	// before the colon is a host.
	if prefix, _, ok := strings.Cut(s, ":"); ok && !strings.Contains(s, "/") {
		if kind := nearestKind(prefix); kind != Registry {
			return fmt.Errorf("image %q: did you mean %s:%s?", s, kind, kind.what())
		}
	}
	return checkMistaken(s)
}

// parseRepository parses a name without tag and digest. Names of hosts know no upper case.
func parseRepository(s string) (name.Repository, error) {
	host, path, ok := strings.Cut(s, "/")
	if isHost := ok && (strings.ContainsAny(host, ".:") || host == "localhost"); isHost {
		s = strings.ToLower(host) + "/" + path
	}
	repository, err := name.NewRepository(s)
	if err == nil {
		// once more by the full name, so that all spellings of a name are one value
		repository, err = name.NewRepository(repository.Name())
	}
	switch lower := strings.ToLower(s); {
	case err == nil && !hostGrammar().MatchString(repository.RegistryStr()):
		return repository, fmt.Errorf("%q is not a valid host of a registry", repository.RegistryStr())
	case err == nil && repositoryGrammar().MatchString(repository.RepositoryStr()):
		return repository, nil
	case lower != s:
		return repository, fmt.Errorf("a repository name must be in lower case: use %s", lower)
	}
	if s == "" || strings.HasSuffix(s, "/") || strings.Contains(s, "//") {
		return repository, fmt.Errorf("%q is not a valid repository name: is a variable not set?", s)
	}
	return repository, fmt.Errorf("%q is not a valid repository name (lower-case letters and digits, separated by \".\", \"_\", \"-\" and \"/\")", s)
}

func parseDigest(s string) (v1.Hash, error) {
	if s == "" || s == "sha256:" {
		return v1.Hash{}, fmt.Errorf("digest %q is empty: is a variable not set?", s)
	}
	hash, err := v1.NewHash(s)
	if err != nil || hash.Algorithm != "sha256" {
		return v1.Hash{}, fmt.Errorf("digest %q: expected sha256: and 64 hexadecimal digits", s)
	}
	return hash, nil
}

// isImageName reports whether docker could have saved an image under a name.
func isImageName(name string) bool {
	ref, err := ParseReference(name)
	return err == nil && ref.Place.Kind == Registry
}
