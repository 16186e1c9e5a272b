package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// copy --all-tags reads the tags of its target by HEAD: Docker Hub counts a GET as a pull. A copy of one image reads the
// index that the tag holds. Both send one request for a tag.
func TestReadsOfTargetTags(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"one image":        {[]string{"copy", "HOST/src:1", "HOST/dst:1"}, http.MethodGet},
		"all tags":         {[]string{"copy", "--all-tags", "HOST/src", "HOST/dst"}, http.MethodHead},
		"all tags, strict": {[]string{"copy", "--all-tags", "--strict", "HOST/src", "HOST/dst"}, http.MethodGet},
	} {
		t.Run(name, func(t *testing.T) {
			server := registrytest.New(t, registrytest.Options{})
			image := registrytest.Image{}.Build()
			for _, place := range []string{"src", "dst"} {
				server.Push(t, place, "1", image)
			}
			server.ResetRequests()
			args := strings.Split(strings.ReplaceAll(strings.Join(tt.args, " "), "HOST", server.Host()), " ")
			if code, _, stderr := tool(t, "", nil, args...); code != output.ExitDone {
				t.Fatalf("exit %d\n%s", code, stderr)
			}
			var methods []string
			for _, r := range server.Requests() {
				if strings.HasSuffix(r.Path, "/dst/manifests/1") {
					methods = append(methods, r.Method)
				}
			}
			if len(methods) != 1 || methods[0] != tt.want {
				t.Errorf("the tag is read by %q, want one %s", methods, tt.want)
			}
		})
	}
}
