package plan

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Edit decides what has to be written to change an index: a plan for each target. What is not changed
// keeps its bytes, and its place in the index.
func Edit(e spec.Edit, state State, o Options) (plans []TargetPlan, notes []string, err error) {
	p := newPlanner(e.Spec, state, o)
	p.editing, p.removed, p.placed = e.Index, e.Remove, e.Placed
	if err := p.reachable(); err != nil {
		return nil, nil, err
	}
	if err := p.edit(e); err != nil {
		return nil, p.notes, registry.WrapOp("edit", e.Index, err)
	}
	if err := p.addReferrers(); err != nil {
		return nil, p.notes, err
	}
	plans, err = p.plansForTargets()
	for i := range plans {
		for k := range plans[i].TagUpdates {
			u := &plans[i].TagUpdates[k]
			u.Pinned = p.isEdited(plans[i].Target, u.Tag)
		}
	}
	return plans, p.notes, err
}

func (p *planner) edit(e spec.Edit) error {
	added, err := p.collect()
	if err != nil {
		return err
	}
	if err := p.checkCandidates(added); err != nil {
		return err
	}
	x, err := p.editedIndex()
	if err == nil {
		err = p.setType(&x)
	}
	if err != nil {
		return err
	}
	if err := p.checkRecordable(x, added); err != nil {
		return err
	}
	groups, err := p.additions(&x, added)
	if err != nil {
		return err
	}
	if err := p.remove(&x, e.Remove); err != nil {
		return err
	}
	if err := setPlatforms(&x, e.Placed); err != nil {
		return err
	}
	for _, group := range groups {
		before := len(x.Changes)
		x.Put(group)
		p.noteReplaced(index.Leading(group), x.Changes[before:])
		if len(x.Changes) == before {
			p.plan.Present = append(p.plan.Present, nameInIndex(index.Leading(group)))
		}
	}
	if err := recordSources(&x, added); err != nil {
		return err
	}
	if err := annotate(&x, p.spec); err != nil {
		return err
	}
	if err := p.duplicates(x.Entries, func(int) string { return "an image" }); err != nil {
		return err
	}
	return p.edited(x, added)
}

// setType converts the index to the format of --type.
func (p *planner) setType(x *index.Index) error {
	switch p.spec.Type {
	case spec.Docker:
		return x.SetType(types.DockerManifestList)
	case spec.OCI:
		return x.SetType(types.OCIImageIndex)
	}
	return nil
}

// nameInIndex is the platform of an entry, or else the digest.
func nameInIndex(e index.Entry) string {
	if e.HasPlatform() {
		return index.PlatformText(e.Platform)
	}
	return e.Descriptor.Digest.String()
}

// noteReplaced names the entries that disappear with the image that an addition replaces. A user who adds the gzip
// copy of an image may not know that the index holds a zstd copy too.
func (p *planner) noteReplaced(added index.Entry, changes []index.Change) {
	var gone []string
	for _, c := range changes {
		if c.What == "removed" {
			gone = append(gone, c.From.String())
		}
	}
	if len(gone) > 0 {
		p.note("%s replaces all entries of the index for %s, also %s", added.Descriptor.Digest, index.PlatformText(added.Platform), strings.Join(gone, ", "))
	}
}

// annotate adds the annotations of a spec to the index and to its images.
func annotate(x *index.Index, s spec.Spec) error {
	if err := x.Annotate(s.Annotations); err != nil {
		return err
	}
	for _, a := range s.ImageAnnotations {
		if err := x.AnnotateImages(a.Platform, a.Key, a.Value); err != nil {
			return err
		}
	}
	return nil
}

// remove removes entries. A missing entry is a warning.
func (p *planner) remove(x *index.Index, picks []spec.Pick) error {
	for _, pick := range picks {
		found, err := x.Remove(pick)
		if err == nil && !found {
			err = p.warnOrFail("no entry %s to remove; the platforms of the index are %s", pick, index.PlatformList(index.Platforms(x.Entries)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// setPlatforms gives entries other platforms. An entry may have its new platform from an earlier run.
func setPlatforms(x *index.Index, placed []spec.Placed) error {
	for _, s := range placed {
		found, err := x.SetPlatform(s)
		if err == nil && !found {
			err = registry.Errorf(registry.ErrNotFound, "no entry %s; the platforms of the index are %s", s.Pick, index.PlatformList(index.Platforms(x.Entries)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// edited makes the plan for the changed index.
func (p *planner) edited(x index.Index, added []candidate) (err error) {
	p.plan.Index, p.plan.Changes = p.state.Tree.Manifest, x.Changes
	switch {
	case len(x.Entries) == 0:
		return registry.Errorf(registry.ErrInvalid, "the edit would remove all entries: keep at least one")
	case len(x.Entries) > spec.MaxEntries:
		return registry.Errorf(registry.ErrInvalid, "the index would have %d entries; the limit is %d", len(x.Entries), spec.MaxEntries)
	case x.Modified():
		if p.plan.Index, err = x.Manifest(); err != nil {
			return err
		}
	}
	var entries []Entry
	for _, e := range x.Entries {
		entries = append(entries, p.manifestsOf(e, added)...)
	}
	p.setEntries(entries)
	p.noteMixed(x.MediaType)
	return p.require()
}

// manifestsOf are the manifests that the target needs for an entry: the entry itself, behind what it lists.
func (p *planner) manifestsOf(e index.Entry, added []candidate) []Entry {
	for _, c := range added {
		if c.Descriptor.Digest == e.Descriptor.Digest {
			return []Entry{{Entry: e, Source: c.Source, From: c.From, Blobs: c.Blobs, RefersTo: c.RefersTo}}
		}
	}
	all := p.state.Tree.entries(e.Descriptor.Digest)
	if n := len(all); n > 0 {
		all[n-1].Entry = e
	}
	return all
}

// entries are the entries for a manifest of the tree, each behind what it lists.
func (t ImageTree) entries(digest v1.Hash) []Entry {
	i := slices.IndexFunc(t.Descendants, func(n Node) bool { return n.Descriptor.Digest == digest })
	if i < 0 {
		return nil
	}
	var all []Entry
	for _, child := range t.Descendants[i].Children {
		all = append(all, t.entries(child)...)
	}
	return append(all, entryOf(t.Descendants[i], sourceOf(t.Descendants[i])))
}

// editedIndex is the index that is edited. A single image becomes an index.
func (p *planner) editedIndex() (index.Index, error) {
	tree := p.state.Tree
	if !tree.Manifest.MediaType.IsIndex() {
		return p.indexOfSingle(tree.Descendants[0])
	}
	x, err := tree.index()
	x.MarkOrigins()
	return x, err
}

// index is the tree's index. Its entries have the platforms that configs name, where descriptors have none.
func (t ImageTree) index() (index.Index, error) {
	x, err := index.Parse(t.Manifest)
	for i := range x.Entries {
		e := &x.Entries[i]
		for _, n := range t.Descendants {
			if n.Descriptor.Digest != e.Descriptor.Digest || e.IsAttached() {
				continue
			}
			if e.Kind, e.Subject = n.Kind, n.Subject; !e.HasPlatform() {
				e.Platform = PlatformOf(spec.Entry{}, n)
			}
		}
	}
	return x, err
}

// indexOfSingle is an index with a single image in it.
func (p *planner) indexOfSingle(image Node) (index.Index, error) {
	e := image.Entry
	if e.Platform = PlatformOf(spec.Entry{}, image); !e.HasPlatform() {
		return index.Index{}, registry.Errorf(registry.ErrInvalid, "the target is a single image that does not name its platform")
	}
	p.note("%s is a single image, for %s: an index that contains this image replaces it", p.state.Tree.Reference, index.PlatformText(e.Platform))
	mediaType := types.OCIImageIndex
	annotated := len(p.spec.Annotations)+len(p.spec.ImageAnnotations) > 0
	if image.Descriptor.MediaType == types.DockerManifestSchema2 && !annotated {
		mediaType = types.DockerManifestList
	}
	x := index.New(mediaType)
	written, _, err := x.Write(e, nil)
	x.Put([]index.Entry{written})
	x.MarkOrigins()
	return x, err
}

// additions are the groups that are added, each entry with its bytes. What belongs to an image is in its
// group.
func (p *planner) additions(x *index.Index, added []candidate) ([][]index.Entry, error) {
	groups, at := groupsOf(added)
	for i, c := range added {
		if x.MediaType == types.DockerManifestList && !c.HasPlatform() && !c.IsAttached() {
			return nil, noPlatform(c)
		}
		written, dropped, err := x.Write(c.Entry.Entry, c.annotations)
		if err != nil {
			return nil, err
		}
		p.noteDropped(c.Entry, x.MediaType, dropped)
		written.Origin = index.Origin{Source: fmt.Sprintf("added %s", c.Origin.Source), Config: c.Origin.Config}
		groups[at[i]] = append(groups[at[i]], written)
	}
	return groups, nil
}

// groupsOf arranges candidates in groups, which are still empty, and returns the position of the group of each
// candidate. Attestations and companions are in the group of their image, even if they come before it.
func groupsOf(added []candidate) (groups [][]index.Entry, at []int) {
	at = make([]int, len(added))
	var first []candidate // of each group
	images := map[v1.Hash]int{}
	for i, c := range added {
		if c.IsAttached() {
			continue
		}
		same := func(o candidate) bool { return c.InGroup() && o.InGroup() && index.SameGroup(o.Platform, c.Platform) }
		if at[i] = slices.IndexFunc(first, same); at[i] < 0 {
			at[i], first = len(first), append(first, c)
		}
		if _, again := images[c.Descriptor.Digest]; !again {
			images[c.Descriptor.Digest] = at[i]
		}
	}
	for i, c := range added {
		if group, ok := images[c.Subject]; c.IsAttached() && ok {
			at[i] = group
		} else if c.IsAttached() {
			at[i], first = len(first), append(first, c)
		}
	}
	return make([][]index.Entry, len(first)), at
}
