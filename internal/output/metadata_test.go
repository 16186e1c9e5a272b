package output

import (
	"testing"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/spec"
)

// The names are those that buildx writes, also for Docker Hub.
func TestMetadataNames(t *testing.T) {
	tests := []struct{ target, want string }{
		{"acme/app", "docker.io/acme/app:1.0,docker.io/acme/app:latest"},
		{"alpine", "docker.io/library/alpine:1.0,docker.io/library/alpine:latest"},
		{"reg.test:5000/app", "reg.test:5000/app:1.0,reg.test:5000/app:latest"},
		{"oci-layout:out", "oci-layout:out:1.0,oci-layout:out:latest"},
	}
	for _, test := range tests {
		ref, err := spec.ParseReference(test.target)
		if err != nil {
			t.Fatal(err)
		}
		report := push.Report{Tags: []push.TagReport{{Tag: "1.0"}, {Tag: "latest"}}}
		if got := metadataOf([]TargetResult{{plan: plan.TargetPlan{Plan: plan.Plan{Target: ref.Place}}, report: report}}).Name; got != test.want {
			t.Errorf("%s: %q, want %q", test.target, got, test.want)
		}
	}
}
