package run

import (
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run/drafts"
)

// A Named is a name that a user may type, with a few words about it.
type Named struct{ Name, Help string }

// DraftNames are the names of the drafts in the folder that is named, or in the user's, for the completion of shells.
// Whatever is wrong with the folder, it says nothing.
func (r *Runner) DraftNames(named string) []Named {
	folder, err := drafts.Open(named, r.Getenv, func(...string) {})
	if err != nil {
		return nil
	}
	var names []Named
	for _, ref := range folder.Names() {
		names = append(names, Named{ref.String(), "draft"})
	}
	return names
}

// DraftMembers are the images of a draft, with their platforms. Whatever is wrong with the draft, it says nothing.
func (r *Runner) DraftMembers(name, named string) []Named {
	ref, err := drafts.ParseList(name)
	if err != nil {
		return nil
	}
	folder, err := drafts.Open(named, r.Getenv, func(...string) {})
	if err != nil {
		return nil
	}
	d, err := folder.Read(ref, drafts.Unchecked)
	if err != nil {
		return nil
	}
	var members []Named
	for _, e := range d.Entries {
		members = append(members, Named{e.Source.Unpinned().String(), output.DraftPlatform(e)})
	}
	return members
}
