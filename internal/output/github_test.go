package output

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/spec"
)

// TestGitHubHostile: what a registry or an image says cannot add an output, end a cell, or be markdown.
func TestGitHubHostile(t *testing.T) {
	const hostile = "x\nadmin=1\r| `</code><img src=x> **b** [l](http://evil.example)"
	r := TargetResult{
		plan: plan.TargetPlan{Plan: plan.Plan{
			Target:  spec.Place{Kind: spec.OCILayout, Path: hostile},
			Entries: []plan.Entry{{Entry: index.Entry{Platform: v1.Platform{OS: hostile, Architecture: hostile}}}},
		}},
		report: push.Report{
			Manifest: v1.Descriptor{MediaType: hostile},
			Tags:     []push.TagReport{{Tag: hostile, Status: push.Created}},
		},
	}
	for line := range strings.Lines(string(githubOutput([]TargetResult{r}))) {
		if key, _, _ := strings.Cut(line, "="); key != "digest" && key != "ref" && key != "media-type" {
			t.Errorf("an output %q", line)
		}
	}
	for line := range strings.Lines(string(githubSummary([]TargetResult{r}))) {
		cells := strings.Count(line, "|") - 1
		if strings.Count(line, "`")%2 != 0 || !strings.HasPrefix(line, "|") && strings.Contains(line, "img") || strings.Contains(line, "x>") && cells > 3 {
			t.Errorf("a line %q", line)
		}
		for i, part := range strings.Split(line, "`") { // the odd ones are code
			if i%2 == 0 && strings.ContainsAny(part, "<[*\\") {
				t.Errorf("outside of code: %q in %q", part, line)
			}
		}
	}
}

func TestSizeOf(t *testing.T) {
	if got := sizeOf([]v1.Descriptor{{Size: 400}, {Size: 1600}}); got != "2.0 kB" {
		t.Error(got)
	}
	if got := sizeOf(nil); got != "-" {
		t.Error(got)
	}
}
