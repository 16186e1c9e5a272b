package run

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry/diff"
)

// DiffOptions are the options of Diff. Those of a push say how a spec is read and what it would push.
type DiffOptions struct {
	PushOptions
	Drafts  string
	Between []v1.Platform // two platforms of one image
	Only    *v1.Platform  // compare only this platform
	Ignore  []string      // words of DiffIgnorable
}

// DiffIgnorable are the words for what Diff can ignore.
var DiffIgnorable = diff.Ignorable

// Diff prints what differs between two images, between what the targets of specs hold and what the specs would push,
// or between two platforms of an image. It writes nothing.
func (r *Runner) Diff(ctx context.Context, words []string, o DiffOptions) error {
	subjects, pair, err := r.diffSubjects(ctx, words, o)
	if err != nil {
		return err
	}
	session, err := r.open(ctx, o.GlobalOptions, placesOfSubjects(subjects), noMeter())
	if err != nil {
		return err
	}
	session.archives = r.archiveOptions(o.PushOptions)
	c := comparer{r, session, o}
	found, err := c.compare(ctx, subjects, pair)
	err = session.advise(ctx, err)
	if err = errors.Join(err, session.Close()); err != nil {
		return err
	}
	return r.out.PrintDifferences(found, o.AsJSON)
}

// diffSubjects parses the arguments, and refuses those that cannot be compared. Two arguments are compared with one another.
// Otherwise pair is false, and the subjects are one image, or specs that are compared with what their targets hold.
func (r *Runner) diffSubjects(ctx context.Context, words []string, o DiffOptions) (subjects []subject, pair bool, err error) {
	if err := checkStdin(words); err != nil {
		return nil, false, err
	}
	for _, word := range words {
		named, err := r.readSubjects(ctx, word, o.Drafts, o.PushOptions)
		if err != nil {
			return nil, false, err
		}
		subjects = append(subjects, named...)
	}
	pair = len(words) == 2 && len(subjects) == 2
	image := slices.IndexFunc(subjects, func(s subject) bool { return s.spec == nil })
	isImage := len(subjects) == 1 && image == 0
	switch {
	case o.Between != nil && !isImage:
		return nil, false, output.Usagef("--platforms compares two platforms of one image: name one image, or use --platform to compare one platform of two images")
	case o.Between == nil && isImage:
		return nil, false, output.Usagef("%s has nothing to be compared with: name a second image, or two platforms with --platforms", words[0])
	case image >= 0 && len(subjects) > 2:
		return nil, false, output.Usagef("diff compares two images: %s is an image beside %s", subjects[image].Word, output.Count(len(subjects)-1, "other argument"))
	}
	return subjects, pair, nil
}

// placesOfSubjects are the places of images, specs and drafts, for reading.
func placesOfSubjects(subjects []subject) places {
	var p places
	for _, s := range subjects {
		if s.spec != nil {
			p.sources = append(p.sources, s.spec.Places()...)
			continue
		}
		p.sources = append(p.sources, s.Image.Place)
	}
	return p
}
