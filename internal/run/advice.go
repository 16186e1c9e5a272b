package run

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

const (
	adviceTime     = 3 * time.Second // for the requests that make a hint better
	adviceAtMost   = 3               // repositories
	maxErrorsInAll = 10_000          // in the tree of an error
)

// advise adds to an error what its hint needs: the tags of a repository that lacks one, and whether a registry that
// wants a login is only read. A hint costs one request for each repository at most, and no request after the end of ctx.
func (s *session) advise(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if login, ok := remote.LoginOf(err); ok {
		if main := s.main; main.Kind == spec.Registry && login.Registry != main.Repository.Registry {
			return output.AdvisedError{Err: err, IsSource: true}
		}
		return err
	}
	missing := missingTags(err)
	if len(missing) == 0 {
		return err
	}
	return output.AdvisedError{Err: err, Tags: s.tagsBeside(ctx, missing)}
}

// missingTags lists the tags that a registry does not know, as an error says. A digest is not like another digest.
func missingTags(err error) []spec.Reference {
	var missing []spec.Reference
	left := maxErrorsInAll
	var visit func(error, *registry.OpError)
	visit = func(err error, op *registry.OpError) {
		if left--; left < 0 {
			return
		}
		switch e := err.(type) {
		case *registry.OpError:
			op = e
		case *remote.ResponseError:
			if ref, ok := tagOf(op, e); ok && !slices.Contains(missing, ref) {
				missing = append(missing, ref)
			}
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			visit(e.Unwrap(), op)
		case interface{ Unwrap() []error }:
			for _, inner := range e.Unwrap() {
				visit(inner, op)
			}
		}
	}
	visit(err, nil)
	return missing
}

// tagOf returns the tag that was asked for, if the registry answers that it does not exist.
func tagOf(op *registry.OpError, answer *remote.ResponseError) (spec.Reference, bool) {
	reads := answer.Method == http.MethodGet || answer.Method == http.MethodHead
	if op == nil || !reads || !errors.Is(answer, registry.ErrNotFound) {
		return spec.Reference{}, false
	}
	ref, err := spec.ParseReference(op.Ref)
	ref = ref.WithDefaultTag()
	return ref, err == nil && ref.Place.Kind == spec.Registry && strings.HasSuffix(answer.URL, "/manifests/"+ref.Tag)
}

// tagsBeside asks each repository once for its tags.
func (s *session) tagsBeside(ctx context.Context, missing []spec.Reference) []output.TagsOf {
	ctx, cancel := context.WithTimeout(ctx, adviceTime)
	defer cancel()
	var all []output.TagsOf
	var places []spec.Place
	for _, ref := range missing {
		if at := slices.Index(places, ref.Place); at >= 0 {
			all[at].Missing = append(all[at].Missing, ref.Tag)
			continue
		}
		if len(all) == adviceAtMost {
			continue
		}
		places = append(places, ref.Place)
		all = append(all, output.TagsOf{Repository: ref.Place.String(), Missing: []string{ref.Tag}})
	}
	for i := range all {
		all[i].Tags, all[i].More, all[i].Err = s.firstTags(ctx, places[i])
	}
	return all
}

func (s *session) firstTags(ctx context.Context, place spec.Place) (tags []string, more bool, err error) {
	repository, err := s.remote.Open(ctx, place.Repository)
	if err != nil {
		return nil, false, err
	}
	return repository.FirstTags(ctx)
}
