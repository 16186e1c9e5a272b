package drafts

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec"
)

// maxNear is how many similar names an error lists.
const maxNear = 3

// NoDraft is the error for a name without a draft. It names the drafts that the user may have meant.
func (f Folder) NoDraft(ref spec.Reference) error {
	return output.NoDraftError{List: ref, Near: nearLists(ref, f.lists())}
}

// lists are the names of the valid drafts.
func (f Folder) lists() []spec.Reference {
	names, err := f.fileNames()
	if err != nil {
		return nil
	}
	var lists []spec.Reference
	for _, name := range names {
		raw, err := f.readFile(name)
		if err != nil {
			continue
		}
		if s, _, err := spec.Load(name, bytes.NewReader(raw), Unchecked); err == nil {
			lists = append(lists, ListOf(s))
		}
	}
	return lists
}

// nearLists are the drafts of the same repository, else the draft with a similar name in any repository.
func nearLists(ref spec.Reference, lists []spec.Reference) []spec.Reference {
	var same []spec.Reference
	byName := map[string]spec.Reference{}
	for _, list := range lists {
		if list.Place == ref.Place {
			same = append(same, list)
		}
		byName[lastPart(list)] = list
	}
	if len(same) > 0 {
		return same[:min(maxNear, len(same))]
	}
	if name := nearest.Word(lastPart(ref), slices.Sorted(maps.Keys(byName))...); name != "" {
		return []spec.Reference{byName[name]}
	}
	return nil
}

// lastPart is a name without its registry and the first parts of its repository.
func lastPart(ref spec.Reference) string {
	name := ref.String()
	return name[strings.LastIndex(name, "/")+1:]
}
