package plan

import (
	"slices"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// PlanSplit decides which tags the images of an index get where they are. Nothing else is written.
func Split(s spec.Spec, original ImageTree, o Options) (plans []Plan, notes []string, err error) {
	if !original.Manifest.MediaType.IsIndex() {
		return nil, nil, registry.Errorf(registry.ErrInvalid, "%s is a single image: there is nothing to split", original.Reference)
	}
	plans, notes, err = Copy(s, original, o)
	for i := range plans {
		forIndex := func(m TagUpdate) bool { return m.Platform == nil }
		plans[i].Split = true
		plans[i].TagUpdates = slices.DeleteFunc(plans[i].TagUpdates, forIndex)
		if err == nil && len(plans[i].TagUpdates) == 0 {
			err = registry.Errorf(registry.ErrInvalid, "%s holds no image that could get a tag", original.Reference)
		}
	}
	return plans, notes, err
}
