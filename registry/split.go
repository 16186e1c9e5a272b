package registry

import (
	"slices"

	"github.com/manifest-tool/manifest-tool/spec"
)

// PlanSplit decides which tags the images of an index get where they are. Nothing else is written.
func PlanSplit(s spec.Spec, original Original, o PlanOptions) (plans []Plan, notes []string, err error) {
	if !original.Manifest.MediaType.IsIndex() {
		return nil, nil, Errorf(ErrInvalid, "%s is a single image: there is nothing to split", original.Reference)
	}
	plans, notes, err = PlanCopy(s, original, o)
	for i := range plans {
		forIndex := func(m Move) bool { return m.Platform == nil }
		plans[i].Split = true
		plans[i].Moves = slices.DeleteFunc(plans[i].Moves, forIndex)
		if err == nil && len(plans[i].Moves) == 0 {
			err = Errorf(ErrInvalid, "%s holds no image that could get a tag", original.Reference)
		}
	}
	return plans, notes, err
}
