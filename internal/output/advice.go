package output

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

// An AdvisedError is an error with what its hint needs. It has the text and the class of the error.
type AdvisedError struct {
	Err error
	// Tags are the tags of repositories that lack one.
	Tags []TagsOf
	// IsSource reports that the registry that wants a login is not the one of the target.
	IsSource bool
}

func (e AdvisedError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e AdvisedError) Unwrap() error { return e.Err }

// TagsOf are the tags of a repository that lacks one.
type TagsOf struct {
	Repository string
	Missing    []string
	Tags       []string
	More       bool  // there are more tags
	Err        error // why the tags cannot be listed
}

// maxShown is how many tags of a repository a hint names.
const maxShown = 5

func lacksTag(err error) bool {
	var e AdvisedError
	return errors.As(err, &e) && len(e.Tags) > 0
}

// tagsHint names the tags that a user may have meant.
func tagsHint(err error) string {
	var e AdvisedError
	errors.As(err, &e)
	var texts []string
	for _, t := range e.Tags {
		texts = append(texts, t.hint())
	}
	return strings.Join(texts, "; ")
}

func (t TagsOf) hint() string {
	tags, near := nearest.Newest(t.images()), t.near()
	switch {
	case errors.Is(t.Err, registry.ErrNotFound):
		return "the repository " + t.Repository + " does not exist, or is empty: check the name"
	case t.Err != nil:
		return "check the name; the tags of " + t.Repository + " cannot be listed"
	case len(tags) == 0:
		return t.Repository + " has no tags: check the name"
	case len(tags) <= maxShown && !t.More:
		return fmt.Sprintf("%s has %s", t.Repository, tagList(firstOf(near, tags)))
	case len(near) > 0:
		return fmt.Sprintf("%s has %s, did you mean %s?", t.Repository, t.count(tags), OrList(shortList(near)))
	default:
		return fmt.Sprintf("%s has %s, such as %s", t.Repository, t.count(tags), strings.Join(shortList(tags), ", "))
	}
}

func (t TagsOf) count(tags []string) string {
	if t.More {
		return fmt.Sprintf("more than %d tags", len(tags))
	}
	return Count(len(tags), "tag")
}

// images are the tags without those of signatures and other referrers.
func (t TagsOf) images() []string { return slices.DeleteFunc(slices.Clone(t.Tags), spec.IsAboutImage) }

// near returns the tags that are near to the missing ones: first the nearest of each.
func (t TagsOf) near() []string {
	var all [][]string
	for _, missing := range t.Missing[:min(len(t.Missing), maxShown)] {
		all = append(all, nearest.Tags(missing, t.images()))
	}
	var near []string
	for i := range maxShown {
		for _, tags := range all {
			if i < len(tags) && !slices.Contains(near, tags[i]) {
				near = append(near, tags[i])
			}
		}
	}
	return near
}

// firstOf puts some of all tags before the others.
func firstOf(some, all []string) []string {
	isOne := func(tag string) bool { return slices.Contains(some, tag) }
	return append(some, slices.DeleteFunc(slices.Clone(all), isOne)...)
}

func shortList(tags []string) []string { return tags[:min(len(tags), maxShown)] }

func tagList(tags []string) string {
	if len(tags) == 1 {
		return "only the tag " + tags[0]
	}
	return "the tags " + enumerate(tags)
}

// OrList joins words: a, b or c.
func OrList(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// loginHint says how to log in to the registry that wants it.
func loginHint(err error) string {
	host := hostOf(err)
	var e AdvisedError
	switch isSource := errors.As(err, &e) && e.IsSource; {
	case host == "":
		return "log in with docker login, podman login or manifest-tool auth login, or give --username and --password-stdin"
	case isSource:
		return fmt.Sprintf("log in with docker login %s, podman login %[1]s or manifest-tool auth login %[1]s, or give --creds %[1]s=USER:PASSWORD; --username is for the registry of the target only", host)
	default:
		return fmt.Sprintf("log in with docker login %s, podman login %[1]s or manifest-tool auth login %[1]s, or give --username and --password-stdin", host)
	}
}

// hostOf names the registry that wants a login, as docker login and --creds take the name.
func hostOf(err error) string {
	l, ok := remote.LoginOf(err)
	switch host := l.Registry.RegistryStr(); {
	case !ok:
		return ""
	case host == name.DefaultRegistry:
		return "docker.io"
	default:
		return host
	}
}
