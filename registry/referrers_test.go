package registry_test

import (
	"context"
	"errors"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// An asked repository answers the question for referrers, and the reads of tags that do not exist, as a test
// wants, and counts the reads of tags.
type asked struct {
	*repositorytest.Memory
	own    []v1.Descriptor
	ownErr error
	tagErr error
	reads  int
}

func (r *asked) Referrers(context.Context, v1.Hash) ([]v1.Descriptor, error) { return r.own, r.ownErr }

func (r *asked) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	m, err := r.Memory.Manifest(ctx, ref)
	if ref.Tag != "" {
		r.reads++
	}
	if ref.Tag != "" && err != nil && r.tagErr != nil {
		return m, r.tagErr
	}
	return m, err
}

// A withheld is a 403.
type withheld struct{ error }

func (withheld) Withheld() bool { return true }

func manifestOf(a registrytest.Artifact) registry.Manifest {
	return registry.NewManifest(types.MediaType(a.MediaType), a.Manifest)
}

func TestListReferrers(t *testing.T) {
	image := registrytest.Index(false, registrytest.Image{}.Build(), registrytest.Image{Architecture: "arm64"}.Build())
	subject := manifestOf(image)
	ours := manifestOf(registrytest.ReferTo(image, "ours")).Descriptor()
	list := registrytest.Index(false, registrytest.ReferTo(image, "theirs"))
	theirs := manifestOf(list.Children[0]).Descriptor()
	forbidden, unknown, down := withheld{errors.New("403")}, registry.Errorf(registry.ErrNotFound, "404"), registry.Errorf(registry.ErrUnavailable, "500")
	for name, test := range map[string]struct {
		own        []v1.Descriptor
		ownErr     error
		tag        *registrytest.Artifact
		tagErr     error
		trustEmpty bool

		outcome registry.Outcome
		want    v1.Hash
		reason  bool
		err     error
		reads   int
	}{
		"listed":                          {own: []v1.Descriptor{ours}, tag: &list, outcome: registry.Found, want: ours.Digest},
		"an empty list":                   {outcome: registry.Found, reads: 1},
		"an empty list, beside the tag":   {tag: &list, outcome: registry.Found, want: theirs.Digest, reads: 1},
		"an empty list that is trusted":   {tag: &list, trustEmpty: true, outcome: registry.Found},
		"an empty list, a hidden tag":     {tagErr: forbidden, outcome: registry.Found, reads: 1},
		"no question, no tag":             {ownErr: unknown, outcome: registry.Absent, reads: 1},
		"no question, a tag":              {ownErr: unknown, tag: &list, outcome: registry.Found, want: theirs.Digest, reads: 1},
		"no question, the image itself":   {ownErr: unknown, tag: &image, outcome: registry.Absent, reads: 1},
		"no question, another image":      {ownErr: unknown, tag: &image.Children[0], outcome: registry.Absent, reads: 1},
		"no question, a hidden tag":       {ownErr: unknown, tagErr: forbidden, outcome: registry.Hidden, reason: true, reads: 1},
		"a hidden list, no tag":           {ownErr: forbidden, outcome: registry.Hidden, reason: true, reads: 1},
		"a hidden list, a tag":            {ownErr: forbidden, tag: &list, outcome: registry.Found, want: theirs.Digest, reason: true, reads: 1},
		"a hidden list, the image itself": {ownErr: forbidden, tag: &image, outcome: registry.Hidden, reason: true, reads: 1},
		"no answer":                       {ownErr: down, tag: &list, err: registry.ErrUnavailable},
		"no answer of the tag":            {ownErr: unknown, tagErr: down, err: registry.ErrUnavailable, reads: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := &asked{Memory: &repositorytest.Memory{}, own: test.own, ownErr: test.ownErr, tagErr: test.tagErr}
			if test.tag != nil {
				r.AddManifest(registry.ReferrersTag(subject.Digest), manifestOf(*test.tag))
			}
			got, err := registry.ListReferrers(t.Context(), r, registry.ReferrersQuery{Subject: subject.Digest, TrustEmpty: test.trustEmpty})
			if !errors.Is(err, test.err) || err != nil && test.err == nil {
				t.Fatalf("the error is %v", err)
			}
			if err == nil && got.Outcome != test.outcome || (got.Reason != nil) != test.reason || r.reads != test.reads {
				t.Errorf("outcome %v, reason %v, %d reads of the tag", got.Outcome, got.Reason, r.reads)
			}
			var digest v1.Hash
			if len(got.Value) > 0 {
				digest = got.Value[0].Digest
			}
			if digest != test.want {
				t.Errorf("listed is %v", got.Value)
			}
		})
	}
}
