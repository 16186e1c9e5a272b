package run

import (
	"context"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

// repositorySubject parses an argument with --all-tags.
func repositorySubject(word string) (subject, error) {
	ref, err := spec.ParseReference(word)
	if err == nil && (ref.Tag != "" || ref.Digest != v1.Hash{}) {
		return subject{}, output.Usagef("image %q: --all-tags needs a name without a tag: %s", word, ref.Place)
	}
	return subject{Subject: spec.Subject{Word: word, Image: ref}}, output.Usage(err)
}

// allTags verifies all images of a repository that have a tag, each image once.
func (v *verifier) allTags(ctx context.Context, s subject) []verify.Result {
	wanted := func(tag string) bool {
		fits, _ := path.Match(v.o.TagFilter, tag)
		return (fits || v.o.TagFilter == "") && !spec.IsAboutImage(tag)
	}
	tagged, err := resolve.Tags(ctx, v.session, s.Image.Place, wanted)
	if err != nil {
		return []verify.Result{{Subject: s.Word, Reference: s.Image, Err: err}}
	}
	for _, t := range tagged { // some registries list tags in any order
		slices.Sort(t.Tags)
	}
	slices.SortStableFunc(tagged, func(a, b resolve.Tagged) int { return strings.Compare(a.Tags[0], b.Tags[0]) })
	var results []verify.Result
	for _, t := range tagged {
		ref := spec.Reference{Place: s.Image.Place, Tag: t.Tags[0], Digest: t.Image.Digest}
		result := verify.Result{Subject: s.Word, Reference: ref, Err: t.Err}
		if t.Err == nil {
			result = v.image(ctx, s.Word, ref, verify.Options{Require: v.o.Require, Exact: v.o.Exact})
		}
		result.Tags = t.Tags
		results = append(results, result)
		if ctx.Err() != nil {
			break
		}
	}
	return results
}
