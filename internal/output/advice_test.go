package output

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
)

func TestTagsHint(t *testing.T) {
	many := make([]string, 150)
	for i := range many {
		many[i] = fmt.Sprintf("1.%d", i)
	}
	signature := "sha256-" + strings.Repeat("0", 64) + ".sig"
	for _, test := range []struct {
		tags TagsOf
		want string
	}{
		{TagsOf{Missing: []string{"1.O"}, Tags: []string{"1.0"}}, "r/app has only the tag 1.0"},
		{TagsOf{Missing: []string{signature[:71]}, Tags: []string{"1.0", signature}}, "r/app has only the tag 1.0"},
		{TagsOf{Missing: []string{signature[:71]}, Tags: append([]string{signature}, many...)}, "r/app has 150 tags, such as 1.149, 1.148, 1.147, 1.146, 1.145"},
		{TagsOf{Missing: []string{"latest"}, Tags: []string{"main", "2.0", "10.0"}}, "r/app has the tags 10.0, 2.0 and main"},
		{TagsOf{Missing: []string{"latest"}, Tags: many}, "r/app has 150 tags, such as 1.149, 1.148, 1.147, 1.146, 1.145"},
		{TagsOf{Missing: []string{"latest"}, Tags: many, More: true}, "r/app has more than 150 tags, such as 1.149, 1.148, 1.147, 1.146, 1.145"},
		{TagsOf{Missing: []string{"1.l5", "v1.33"}, Tags: many}, "r/app has 150 tags, did you mean 1.15 or 1.33?"},
		{TagsOf{Missing: []string{"1"}, Tags: nil}, "r/app has no tags: check the name"},
		{TagsOf{Missing: []string{"1"}, Err: registry.ErrNotFound}, "the repository r/app does not exist, or is empty: check the name"},
		{TagsOf{Missing: []string{"1"}, Err: registry.ErrDenied}, "check the name; the tags of r/app cannot be listed"},
		{TagsOf{Missing: []string{"1"}, Err: errors.New("x")}, "check the name; the tags of r/app cannot be listed"},
	} {
		test.tags.Repository = "r/app"
		err := AdvisedError{Err: registry.ErrNotFound, Tags: []TagsOf{test.tags}}
		if got := Explain(t.Context(), "inspect", err); got.Hint != test.want || got.Code != ExitNotFound {
			t.Errorf("%d %q, want %q", got.Code, got.Hint, test.want)
		}
	}
}
