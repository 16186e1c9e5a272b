package run

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/diff"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// InitSpec writes a spec whose push gives an image of the digest that an image has.
func (r *Runner) InitSpec(ctx context.Context, name string, o InitOptions) error {
	ref, err := spec.ParseReference(name)
	if err != nil {
		return output.Usage(err)
	}
	ref = ref.WithDefaultTag()
	target, err := initTarget(ref, o)
	if err != nil {
		return err
	}
	whole, _, err := spec.FromMembers(target, []string{ref.String()}, spec.Options{})
	if err != nil {
		return err
	}
	return r.initialise(ctx, o, func() (specs []draftSpec, err error) {
		err = r.readSources(ctx, o, []spec.Place{ref.Place}, func(s *session) error {
			d, err := restater{r, s, o}.restate(ctx, whole)
			specs = []draftSpec{d}
			return err
		})
		return specs, err
	})
}

// A restater makes specs of images.
type restater struct {
	*Runner
	session *session
	o       InitOptions
}

// An attempt is a spec with what a push of the spec would make.
type attempt struct {
	spec.Spec
	state  plan.State
	plan   plan.Plan
	byTags bool // the entries have tags beside the digests
}

// restate finds a spec that makes an image again. The spec has the image as its only entry.
func (r restater) restate(ctx context.Context, whole spec.Spec) (draftSpec, error) {
	ref := whole.Entries[0].Source
	found, m, err := r.read(ctx, whole)
	if err != nil {
		return draftSpec{}, err
	}
	if !found.IsIndex {
		return r.single(ctx, whole, found)
	}
	specs := plan.Restate(whole, found)
	tagged, isTagged, err := r.byTags(ctx, whole, found)
	if err != nil {
		return draftSpec{}, err
	}
	if isTagged {
		specs = slices.Insert(specs, 0, tagged)
	}
	var attempts []attempt
	for i, s := range specs {
		a, err := r.try(ctx, s, m.MediaType)
		if ctx.Err() != nil || errors.Is(err, registry.ErrUnavailable) || errors.Is(err, registry.ErrDenied) {
			return draftSpec{}, err
		}
		if err != nil {
			r.out.Debugf("a spec with %s does not fit: %v", images(len(s.Entries)), err)
			continue
		}
		a.byTags = isTagged && i == 0
		attempts = append(attempts, a)
		if a.plan.Index.Digest == m.Digest {
			return r.commented(ref, a, m), nil
		}
	}
	if len(attempts) == 0 {
		return draftSpec{}, registry.Errorf(registry.ErrInvalid, "no spec can make %s again: use manifest-tool copy for the whole image, or edit to change it", ref)
	}
	a, lost, err := r.nearest(ctx, ref, m, attempts)
	if err == nil {
		r.out.WarnOfLost(ref, lost)
	}
	return r.commented(ref, a, m), err
}

// nearest returns the first of the attempts that lose the fewest fields and entries of an image, in whatever order. It
// also returns what differs.
func (r restater) nearest(ctx context.Context, ref spec.Reference, m registry.Manifest, attempts []attempt) (best attempt, lost diff.Difference, err error) {
	image, err := resolve.ReadSide(ctx, r.session, spec.Reference{Place: ref.Place, Digest: m.Digest})
	if err != nil {
		return best, lost, err
	}
	for i, a := range attempts {
		pushed, err := resolve.PlannedSide(r.session, a.plan, spec.Reference{Place: ref.Place, Digest: a.plan.Index.Digest})
		if err != nil {
			return best, lost, err
		}
		d := diff.Compare(image.Inspection, pushed.Inspection)
		if i == 0 || losses(d) < losses(lost) {
			best, lost = a, d
		}
	}
	return best, lost, nil
}

// losses counts the fields and entries that differ.
func losses(d diff.Difference) int {
	n := len(d.Changes)
	for _, e := range d.Entries {
		n += max(1, len(e.Changes)+len(e.Attached))
	}
	return n
}

// read reads an image with what a push needs of it.
func (r restater) read(ctx context.Context, s spec.Spec) (plan.ResolvedEntry, registry.Manifest, error) {
	ref := s.Entries[0].Source
	state, err := r.resolve(ctx, s)
	if err != nil {
		return plan.ResolvedEntry{}, registry.Manifest{}, err
	}
	found := state.Entries[0]
	repository, err := r.session.Open(ctx, ref.Place)
	if err != nil {
		return found, registry.Manifest{}, err
	}
	m, err := repository.Manifest(ctx, registry.Ref{Digest: found.Digest})
	return found, m, registry.WrapOp("read", ref, err)
}

// try plans a spec, in the type that the index has.
func (r restater) try(ctx context.Context, s spec.Spec, mediaType types.MediaType) (attempt, error) {
	a := attempt{Spec: s}
	var err error
	if a.state, err = r.resolve(ctx, s); err != nil {
		return a, err
	}
	a.plan, _, err = plan.Preview(a.Spec, a.state, plan.Options{})
	if err == nil && a.plan.Index.MediaType != mediaType {
		a.Type = spec.OCI
		if mediaType == types.DockerManifestList {
			a.Type = spec.Docker
		}
		a.plan, _, err = plan.Preview(a.Spec, a.state, plan.Options{})
	}
	if err == nil {
		_, err = draftSpec{Spec: a.Spec}.text()
	}
	return a, err
}

// maxHoldings is how many tags are read to find those of the images of an index.
const maxHoldings = 200

// byTags names the images of an index by the tags beside that of the index, such as 1.0-amd64 beside 1.0.
func (r restater) byTags(ctx context.Context, whole spec.Spec, found plan.ResolvedEntry) (s spec.Spec, ok bool, err error) {
	ref := whole.Entries[0].Source
	if ref.Tag == "" || ref.Digest != (v1.Hash{}) {
		return s, false, nil
	}
	tags, err := resolve.AllTags(ctx, r.session, ref.Place)
	if err != nil {
		r.out.Debugf("the images are named by digest: %v", err)
		return s, false, ctx.Err()
	}
	pattern, err := spec.PatternOf(ref.Tag)
	if err != nil {
		return s, false, nil
	}
	matches, _ := pattern.Find(tags)
	var named []string
	for _, m := range matches[:min(len(matches), maxHoldings)] {
		named = append(named, m.Tag)
	}
	if len(named) == 0 {
		return s, false, nil
	}
	holdings, err := resolve.Holdings(ctx, r.session, ref.Place, named)
	if err != nil {
		r.out.Debugf("the images are named by digest: %v", err)
		return s, false, ctx.Err()
	}
	s, ok = plan.RestateByTags(whole, found, holdings)
	return s, ok, nil
}

// single is the spec of an image that is no index.
func (r restater) single(ctx context.Context, whole spec.Spec, found plan.ResolvedEntry) (draftSpec, error) {
	ref := whole.Entries[0].Source
	byTag := !r.o.Pin && ref.Tag != "" && ref.Digest == (v1.Hash{})
	if !byTag || slices.Contains(whole.Names(), ref) { // a push moves the tag of the target to the index
		whole.Entries[0].Source = spec.Reference{Place: ref.Place, Digest: found.Digest}
	}
	a, err := r.try(ctx, whole, types.OCIImageIndex)
	if err != nil {
		return draftSpec{}, err
	}
	a.Type = spec.Auto
	r.out.Warnf("%s is a single image: a push of this spec makes an index of the image", ref)
	return r.commented(ref, a, registry.Manifest{}), nil
}

// commented adds the comments to a spec. A manifest with a digest is the index that the spec makes again.
func (r restater) commented(ref spec.Reference, a attempt, m registry.Manifest) draftSpec {
	d := draftSpec{Spec: a.Spec}
	d.comments.Entries = plan.PlatformComments(a.Spec, a.state)
	var more []string
	switch {
	case m.Digest == (v1.Hash{}):
	case m.Digest == a.plan.Index.Digest:
		more = []string{"A push gives the digest of the image: " + m.Digest.String() + "."}
	default:
		more = []string{"The digest of the image is " + m.Digest.String() + ". A push gives another digest."}
	}
	if a.byTags && !r.o.Pin {
		d.Spec = plan.Unpinned(d.Spec)
	}
	d.comments.Head = madeOf(ref.String(), append(more, howNamed(d.Spec, true))...)
	return d
}
