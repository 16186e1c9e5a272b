package main

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/push"
)

// A pushError is a push that failed, and what its tags hold now.
type pushError struct {
	err  error
	tags []push.TagReport
}

func (e *pushError) Unwrap() error { return e.err }

func (e *pushError) Error() string {
	lines := []string{e.err.Error()}
	for _, tag := range e.tags {
		lines = append(lines, "tag "+tag.Tag+" "+tagState(tag))
	}
	return strings.Join(lines, "\n")
}

func tagState(t push.TagReport) string {
	switch {
	case t.Status == push.Unknown:
		return "holds the old or the new, whole: there was no answer to what would move it"
	case t.Status == push.Unchanged:
		return "held the new index before"
	case t.Status != push.Failed:
		return "was moved"
	case t.Previous == v1.Hash{}:
		return "was not created"
	}
	return fmt.Sprintf("was not moved from %s", t.Previous)
}
