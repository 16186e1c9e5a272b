package spec

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// An Entry is one line of the spec: an image, and the platform that it is for.
type Entry struct {
	Source Reference
	// Platform holds the fields that are given. The image fills in the other fields, except those in Empty.
	Platform v1.Platform
	// Empty lists the keys of platform fields that are empty on purpose, sorted: "os.features", "os.version".
	// The index says nothing about them, whatever the image says.
	Empty []string
	// NoPlatform says that the image enters the index without a platform. Platform and Empty are empty then.
	NoPlatform  bool
	Annotations map[string]string // of the image's descriptor in the index
}

const (
	keyOSVersion  = "os.version"
	keyOSFeatures = "os.features"
)

// noPlatform is the word of a spec for an image without a platform.
const noPlatform = "none"

// ClearEmpty gives the platform without the fields that are empty on purpose, and no platform at all where
// NoPlatform says so. What fills in the platform of an entry calls it at the end.
func (e Entry) ClearEmpty(p v1.Platform) v1.Platform {
	if e.NoPlatform {
		return v1.Platform{}
	}
	if slices.Contains(e.Empty, keyOSVersion) {
		p.OSVersion = ""
	}
	if slices.Contains(e.Empty, keyOSFeatures) {
		p.OSFeatures = nil
	}
	return p
}

// SaysPlatform reports whether the entry says anything about the platform.
func (e Entry) SaysPlatform() bool {
	return e.NoPlatform || len(e.Empty) > 0 || !e.Platform.Equals(v1.Platform{})
}

// platformWord is the platform for a message.
func (e Entry) platformWord() string {
	if e.NoPlatform {
		return noPlatform
	}
	return e.Platform.String()
}

// setEmpty marks fields as empty on purpose. For the other fields of a platform an empty value counts as not
// given, because generators of specs write the variant even where there is none: they are an error here.
func (e *Entry) setEmpty(keys ...string) error {
	for _, key := range keys {
		if key != keyOSVersion && key != keyOSFeatures {
			return fmt.Errorf("%s cannot be empty: only os.version and os.features can be set to an empty value", key)
		}
		if !slices.Contains(e.Empty, key) {
			e.Empty = append(slices.Clone(e.Empty), key)
		}
	}
	slices.Sort(e.Empty)
	e.Platform = e.ClearEmpty(e.Platform)
	return nil
}

// dropEmpty removes the marks of the fields that have a value now.
func (e *Entry) dropEmpty() {
	e.Empty = slices.DeleteFunc(slices.Clone(e.Empty), func(key string) bool {
		return key == keyOSVersion && e.Platform.OSVersion != "" || key == keyOSFeatures && len(e.Platform.OSFeatures) > 0
	})
}
