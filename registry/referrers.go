package registry

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A TagLister is a [Repository] that tells which tags it has.
type TagLister interface {
	Tags(ctx context.Context) ([]string, error)
}

// A ReferrerLister is a [Repository] that may tell what refers to a manifest (distribution-spec, "Listing
// Referrers"). One that does not know the question answers [ErrNotFound].
type ReferrerLister interface {
	Referrers(ctx context.Context, subject v1.Hash) ([]v1.Descriptor, error)
}

// A ReferrerPutter is a [Repository] that stores a manifest by its digest as PutManifest does, and tells
// whether it will list it as a referrer of its subject.
type ReferrerPutter interface {
	PutReferrer(ctx context.Context, m Manifest) (listed bool, err error)
}

// referrersTag is where what refers to a manifest is listed on registries that do not do so themselves
// (distribution-spec, "Referrers Tag Schema"); cosign's tags start with it.
func ReferrersTag(subject v1.Hash) string { return subject.Algorithm + "-" + subject.Hex }

// cosignSuffixes are the tags of cosign: signatures, attestations, and the bills of materials of old.
var CosignSuffixes = []string{".sig", ".att", ".sbom"}

// listReferrers lists what refers to a manifest, as the registry knows it, or else as it is listed under the
// tag for that.
func ListReferrers(ctx context.Context, r Repository, subject v1.Hash) ([]v1.Descriptor, error) {
	if lister, ok := r.(ReferrerLister); ok {
		if list, err := lister.Referrers(ctx, subject); !errors.Is(err, ErrNotFound) {
			return list, err
		}
	}
	m, err := r.Manifest(ctx, Ref{Tag: ReferrersTag(subject)})
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case !m.MediaType.IsIndex():
		return nil, Errorf(ErrUnverified, "tag %s is to list what refers to %s, but it is no index", ReferrersTag(subject), subject)
	}
	doc, err := ParseDocument(m)
	return doc.Manifests, err
}

// forbidden tells whether the answer was a 403. Some registries say that of what is not there yet
// (Artifactory, RTFACT-13797); whether the target may be written shows at the first write.
func Forbidden(err error) bool {
	var answer interface{ Forbidden() bool }
	return errors.As(err, &answer) && answer.Forbidden()
}
