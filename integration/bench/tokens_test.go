package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGranted(t *testing.T) {
	got := granted([]string{"repository:team/app:pull,push", "repository:b:pull", "nonsense"})
	want := []access{{"repository", "team/app", []string{"pull", "push"}}, {"repository", "b", []string{"pull"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
