package main

import (
	"fmt"
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

// A run over more than 100 specs reads the tags by HEAD, unless --strict asks for lost platforms. What the target lacks is
// brought all the same, also if a tag holds something else.
func TestReadsOfManySpecs(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "src", "1", registrytest.Image{}.Build())
	server.Push(t, "dst", "7", registrytest.Image{Seed: "old"}.Build())
	var specs strings.Builder
	const n = 101
	for i := range n {
		fmt.Fprintf(&specs, "---\nimage: %[1]s/dst:%[2]d\nmanifests: [{image: '%[1]s/src:1'}]\n", server.Host(), i)
	}
	for _, test := range []struct{ flag, want string }{{"--quiet", http.MethodHead}, {"--quiet", http.MethodHead}, {"--strict", http.MethodGet}} {
		server.ResetRequests()
		if code, _, stderr := tool(t, specs.String(), nil, "push", "from-spec", test.flag, "-"); code != output.ExitDone {
			t.Fatalf("exit %d\n%s", code, stderr)
		}
		first := map[string]string{}
		for _, r := range server.Requests() {
			if _, again := first[r.Path]; !again && strings.Contains(r.Path, "/dst/manifests/") && !strings.Contains(r.Path, "sha256:") {
				first[r.Path] = r.Method
			}
		}
		for path, method := range first {
			if method != test.want {
				t.Errorf("%s: %s is read by %s", test.flag, path, method)
			}
		}
		for _, tag := range []string{"0", "7", "100"} {
			if err := server.Complete("dst", tag); err != nil || len(first) != n {
				t.Errorf("%d tags are read; tag %s: %v", len(first), tag, err)
			}
		}
	}
}
