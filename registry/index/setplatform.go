package index

import (
	"encoding/json"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// SetPlatform gives the entries that a pick selects another platform. os.features stay, unless the new platform has
// some. It reports whether there is such an entry. A platform that no entry has may be the result of an earlier
// run; a digest stays.
func (x *Index) SetPlatform(placed spec.Placed) (bool, error) {
	found, err := x.picked(placed.Pick)
	if err != nil {
		return false, err
	}
	for _, i := range x.withCompanions(found) {
		if err := x.setPlatform(&x.Entries[i], placed.To); err != nil {
			return true, err
		}
	}
	placedBefore := placed.Digest == (v1.Hash{}) && len(group(x.Entries, placed.To)) > 0
	return len(found) > 0 || placedBefore, nil
}

// withCompanions adds the companions of images that have a platform of their own.
func (x *Index) withCompanions(picked []int) []int {
	return slices.DeleteFunc(withAttached(x.Entries, picked), func(i int) bool {
		return !slices.Contains(picked, i) && !x.Entries[i].HasPlatform()
	})
}

// setPlatform writes a platform into an entry. Fields of the platform that are unknown stay.
func (x *Index) setPlatform(e *Entry, to v1.Platform) error {
	if to.OS == e.Platform.OS && len(to.OSFeatures) == 0 {
		to.OSFeatures = e.Platform.OSFeatures
	}
	if e.Platform.Equals(to) {
		return nil
	}
	o, err := parseObject(e.Raw)
	if err != nil {
		return err
	}
	platform, err := o.object("platform")
	if err != nil {
		return err
	}
	for _, field := range []struct {
		key   string
		value any
		empty bool
	}{
		{"architecture", to.Architecture, to.Architecture == ""},
		{"os", to.OS, to.OS == ""},
		{"os.version", to.OSVersion, to.OSVersion == ""},
		{"os.features", to.OSFeatures, len(to.OSFeatures) == 0},
		{"variant", to.Variant, to.Variant == ""},
	} {
		if platform.remove(field.key); !field.empty {
			platform.mustSet(field.key, field.value)
		}
	}
	if err := o.set("platform", json.RawMessage(platform.bytes())); err != nil {
		return err
	}
	x.changed("platform", to, e.Descriptor.Digest, e.Descriptor.Digest)
	e.Platform, e.Descriptor.Platform, e.Raw = to, &to, o.bytes()
	return nil
}
