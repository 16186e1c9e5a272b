package verify

import (
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// A SubjectError is a referrer whose subject is another manifest than the one that it is listed for.
type SubjectError struct {
	Referrer, Listed v1.Hash
	Names            v1.Hash // zero if the referrer names no subject
}

func (e *SubjectError) Error() string {
	return fmt.Sprintf("%s is listed as a referrer of %s, but its subject is another manifest", e.Referrer, e.Listed)
}

// Unwrap returns the class of the error.
func (*SubjectError) Unwrap() error { return registry.ErrUnverified }

// referrers judges what refers to the manifests of the image.
func (j *judge) referrers() {
	for _, flaw := range j.Referrers.Flaws {
		j.flaw(flaw)
	}
	for _, r := range j.Referrers.Found {
		j.referrer(r.Node, r)
		for _, n := range r.Descendants {
			j.referrer(n, r)
		}
	}
	if err := j.Referrers.Hidden; err != nil {
		j.add("referrers-hidden", v1.Hash{}, nil, "the registry does not show whether there are more referrers: %v", err)
	}
}

// flaw judges a referrer that cannot be read.
func (j *judge) flaw(f ReferrerFlaw) {
	var other *SubjectError
	switch {
	case f.Tag != "":
		j.add("signature-tag-unreadable", f.Subject, j.platformOf(f.Subject), "the tag %s cannot be read: %v", f.Tag, f.Err)
	case errors.As(f.Err, &other):
		j.add("referrer-subject-mismatch", f.Digest, j.platformOf(f.Subject), "%v", f.Err)
	case errors.Is(f.Err, registry.ErrNotFound):
		j.add("referrer-missing", f.Digest, j.platformOf(f.Subject), "the referrer of %s is listed, but a manifest of it does not exist: %v", f.Subject, f.Err)
	case f.Digest == v1.Hash{}:
		j.add("referrer-corrupt", f.Subject, j.platformOf(f.Subject), "the list of referrers cannot be read: %v", f.Err)
	default:
		j.add("referrer-corrupt", f.Digest, j.platformOf(f.Subject), "the referrer of %s cannot be read: %v", f.Subject, f.Err)
	}
}

// referrer judges the blobs of a referrer.
func (j *judge) referrer(n plan.Node, r plan.Referrer) {
	for _, d := range n.Blobs {
		err := j.Blobs[BlobOf(d)]
		if err == nil {
			continue
		}
		if _, isOfImage := j.at[BlobOf(d)]; isOfImage {
			continue // reported already
		}
		if r.Tag != "" {
			j.add("signature-tag-unreadable", d.Digest, j.platformOf(r.Subject), "the content under the tag %s cannot be read: %v", r.Tag, err)
			continue
		}
		j.add("referrer-corrupt", d.Digest, j.platformOf(r.Subject), "the referrer %s lacks a blob: %v", n.Descriptor.Digest, err)
	}
}

// platformOf is the platform of an image of the index, as a list.
func (j *judge) platformOf(digest v1.Hash) []v1.Platform {
	for _, e := range j.Manifests[j.Root].Entries {
		if e.Descriptor.Digest == digest {
			return platformsOf(e, j.Manifests[digest])
		}
	}
	return nil
}

func hasPrefix(s string, prefixes ...string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}
