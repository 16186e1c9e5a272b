package plan

import (
	"slices"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Split decides which tags the images of an index get where they are. Nothing else is written.
func Split(s spec.Spec, state State, o Options) (plans []TargetPlan, notes []string, err error) {
	tree := state.Tree
	if !tree.Manifest.MediaType.IsIndex() {
		return nil, nil, registry.Errorf(registry.ErrInvalid, "%s is a single image: there is nothing to split", tree.Reference)
	}
	plans, notes, err = Copy(s, state, o)
	for i := range plans {
		plans[i].Split = true
		plans[i].TagUpdates = slices.DeleteFunc(plans[i].TagUpdates, TagUpdate.IsForIndex)
		if err == nil && len(plans[i].TagUpdates) == 0 {
			err = registry.Errorf(registry.ErrInvalid, "%s contains no image that can get a tag", tree.Reference)
		}
	}
	return plans, notes, err
}
