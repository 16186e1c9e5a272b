package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// Annotations are those of a command line: of the index, and of the descriptors of its images.
type Annotations struct {
	Index  map[string]string
	Images []ImageAnnotation
}

// An ImageAnnotation is for the descriptors of the images that fit a platform; the zero one fits all.
type ImageAnnotation struct {
	Platform   v1.Platform
	Key, Value string
}

// annotate adds annotations, which win over those that are there.
func (s *Spec) annotate(more Annotations) {
	if len(more.Index) > 0 {
		all := maps.Clone(more.Index)
		for key, value := range s.Annotations {
			if _, ok := all[key]; !ok {
				all[key] = value
			}
		}
		s.Annotations = all
	}
	s.ImageAnnotations = append(s.ImageAnnotations, more.Images...)
}

// errDockerAnnotations: the format has no place for them ("Image Manifest Version 2, Schema 2").
var errDockerAnnotations = errors.New("a Docker list cannot hold annotations: remove them, or use type oci")

// errDockerNoPlatform: the format requires a platform ("Image Manifest Version 2, Schema 2", manifest list).
var errDockerNoPlatform = errors.New("a Docker list needs a platform for each image: use type oci for an image without a platform")

// checkType refuses what the type has no place for.
func (s Spec) checkType() error {
	annotated := len(s.Annotations)+len(s.ImageAnnotations) > 0
	for _, e := range s.Entries {
		annotated = annotated || len(e.Annotations) > 0
	}
	hasNoPlatform := func(e Entry) bool { return e.NoPlatform }
	switch {
	case s.Type == Docker && annotated:
		return errDockerAnnotations
	case s.Type == Docker && slices.ContainsFunc(s.Entries, hasNoPlatform):
		return errDockerNoPlatform
	}
	return nil
}

// annotate adds one annotation, which may not contradict an earlier one.
func annotate(to map[string]string, key, value string) error {
	if key == "" {
		return fmt.Errorf("annotation %q: the key is missing", "="+value)
	}
	if old, ok := to[key]; ok && old != value {
		return fmt.Errorf("annotation %q is given twice: %q and %q", key, old, value)
	}
	to[key] = value
	return nil
}

// ParseAnnotations reads key=value pairs. A single pair is taken as it is; a list is split at a comma, but only
// before a new key, so that values may contain commas and equals signs. A prefix of a key, as in index:k=v or
// manifest-descriptor[linux/arm64]:k=v, selects what to annotate, as in buildx.
func ParseAnnotations(singles, lists []string) (Annotations, error) {
	pairs := slices.Clone(singles)
	for _, list := range lists {
		first := true
		for piece := range strings.SplitSeq(list, ",") {
			key, _, ok := strings.Cut(piece, "=")
			switch key = strings.TrimSpace(key); {
			case first || ok && key != "" && !strings.ContainsAny(key, " \t"):
				pairs = append(pairs, strings.TrimLeft(piece, " \t"))
			default:
				pairs[len(pairs)-1] += "," + piece
			}
			first = false
		}
	}
	annotations := Annotations{Index: map[string]string{}}
	for _, pair := range pairs {
		if err := annotations.add(pair); err != nil {
			return Annotations{}, err
		}
	}
	return annotations, nil
}

// scope matches the prefixes of keys that buildx accepts.
var scope = lazyregexp.New(`^((?:(?:index|manifest)(?:-descriptor)?,?)+)(?:\[([^\]]*)\])?:(.*)$`)

func (a *Annotations) add(pair string) error {
	key, value, ok := strings.Cut(pair, "=")
	if !ok {
		return fmt.Errorf("annotation %q: expected key=value", pair)
	}
	key = strings.TrimSpace(key)
	parts := scope().FindStringSubmatch(key)
	if parts == nil {
		return annotate(a.Index, key, value)
	}
	for of := range strings.SplitSeq(parts[1], ",") {
		var err error
		switch {
		case of == "index" && parts[2] == "":
			err = annotate(a.Index, parts[3], value)
		case of == "manifest-descriptor":
			err = a.addImage(parts[2], parts[3], value)
		case of == "index":
			err = fmt.Errorf("annotation %q: the index has no platform", pair)
		default:
			err = fmt.Errorf("annotation %q: images are never rewritten: use index: for the index, or manifest-descriptor: for the entries of its images", pair)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Annotations) addImage(platform, key, value string) error {
	var p v1.Platform
	if platform != "" {
		var err error
		if p, err = platforms.Parse(platform); err != nil {
			return fmt.Errorf("annotation %q: %w", key, err)
		}
	}
	i := ImageAnnotation{platforms.Normalise(p), key, value}
	same := func(other ImageAnnotation) bool { return other.Key == key && other.Platform.Equals(i.Platform) }
	if n := slices.IndexFunc(a.Images, same); n >= 0 {
		return annotate(map[string]string{key: a.Images[n].Value}, key, value)
	}
	a.Images = append(a.Images, i)
	return annotate(map[string]string{}, key, value)
}
