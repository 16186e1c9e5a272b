package registry

import (
	"bytes"
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A TagLister is a [Repository] that lists its tags.
type TagLister interface {
	Tags(ctx context.Context) ([]string, error)
}

// A ReferrerLister is a [Repository] that may list the referrers of a manifest (distribution-spec, "Listing
// Referrers"). A repository without this API returns [ErrNotFound].
type ReferrerLister interface {
	Referrers(ctx context.Context, subject v1.Hash) ([]v1.Descriptor, error)
}

// A ReferrerPutter is a [Repository] that stores a manifest by its digest like PutManifest, and returns whether it
// will list the manifest as a referrer of its subject.
type ReferrerPutter interface {
	PutReferrer(ctx context.Context, m Manifest) (listed bool, err error)
}

// ReferrersTag is the tag under which what refers to a manifest is listed on registries that do not list it
// themselves (distribution-spec, "Referrers Tag Schema"). The tags of cosign start with it.
func ReferrersTag(subject v1.Hash) string { return subject.Algorithm + "-" + subject.Hex }

// SubjectOf finds the subject that a manifest names. The digest is zero where the manifest names none.
func SubjectOf(m Manifest) (v1.Hash, error) {
	if !bytes.Contains(m.Bytes, []byte(`"subject"`)) {
		return v1.Hash{}, nil
	}
	doc, err := ParseDocument(m)
	return doc.SubjectDigest(), err
}

// SubjectDigest is the digest of the subject, or zero.
func (d Document) SubjectDigest() v1.Hash {
	if d.Subject == nil {
		return v1.Hash{}
	}
	return d.Subject.Digest
}

// A ReferrersQuery asks what refers to a manifest.
type ReferrersQuery struct {
	Subject v1.Hash
	// TrustEmpty saves the request for the tag where the registry itself lists nothing. Some registries
	// list nothing although a list is under the tag.
	TrustEmpty bool
}

// ListReferrers lists what refers to a manifest, as the registry lists it, or else as it is listed under the
// tag for that.
func ListReferrers(ctx context.Context, r Repository, q ReferrersQuery) (Optional[[]v1.Descriptor], error) {
	own, err := OwnReferrers(ctx, r, q.Subject)
	if err != nil || len(own.Value) > 0 || own.Outcome == Found && q.TrustEmpty {
		return own, err
	}
	list, err := ReadReferrersTag(ctx, r, q.Subject)
	switch {
	case err != nil:
		return own, err
	case list.Outcome == Found:
		doc, err := ParseDocument(list.Value)
		return Optional[[]v1.Descriptor]{Outcome: Found, Value: doc.Manifests, Reason: own.Reason}, err
	case own.Outcome == Absent:
		return Optional[[]v1.Descriptor]{Outcome: list.Outcome, Reason: list.Reason}, nil
	}
	return own, nil
}

// OwnReferrers lists what refers to a manifest as the registry itself lists it. The answer of a registry
// that does not know the question is Absent.
func OwnReferrers(ctx context.Context, r Repository, subject v1.Hash) (Optional[[]v1.Descriptor], error) {
	lister, ok := r.(ReferrerLister)
	if !ok {
		return Optional[[]v1.Descriptor]{}, nil
	}
	list, err := lister.Referrers(ctx, subject)
	switch {
	case err == nil:
		return found(list), nil
	case errors.Is(err, ErrNotFound):
		return Optional[[]v1.Descriptor]{}, nil
	case Withheld(err):
		return hidden[[]v1.Descriptor](err), nil
	}
	return Optional[[]v1.Descriptor]{}, err
}

// ReadReferrersTag reads the list of what refers to a manifest from the tag for that. Only an index is such a
// list, and never the manifest itself: some registries read the tag sha256-HEX as the digest sha256:HEX.
func ReadReferrersTag(ctx context.Context, r Repository, subject v1.Hash) (Optional[Manifest], error) {
	list, err := ReadOptional(ctx, r, Ref{Tag: ReferrersTag(subject)})
	if list.Outcome == Found && !IsReferrersList(list.Value, subject) {
		return Optional[Manifest]{}, nil
	}
	return list, err
}

// IsReferrersList reports whether a manifest can be the list of what refers to another one.
func IsReferrersList(m Manifest, subject v1.Hash) bool {
	return m.MediaType.IsIndex() && m.Digest != subject
}
