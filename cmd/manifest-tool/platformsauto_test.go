package main

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// --platforms auto follows the pages of one list of tags, and pushes what a list of the platforms pushes, with the same
// further requests.
func TestPlatformsAutoBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := withTags(t, 200, registrytest.Options{PageSize: 150})
		defer s.close()
		for _, architecture := range []string{"amd64", "arm64"} { // behind the 150th tag
			s.registry[regHost].Push(t, "app", "x-"+architecture, registrytest.Image{OS: "linux", Architecture: architecture}.Build())
		}
		requests, lists := map[string]int{}, 0
		digest := ""
		for _, platforms := range []string{"linux/amd64,linux/arm64", "auto"} {
			s.registry[regHost].ResetRequests()
			got := s.run(t, "", "--plain-http", "push", "from-args", "--platforms", platforms, "--template", "reg.test/app:x-ARCH", "--target", "reg.test/new:"+platforms[:4])
			if got.code != output.ExitDone || digest != "" && digest != got.stdout {
				t.Fatalf("%s: exit %d\n%s%s", platforms, got.code, got.stdout, got.stderr)
			}
			digest, requests[platforms] = got.stdout, len(s.requests())
			for _, r := range s.requests() {
				if strings.HasSuffix(r.Path, "/tags/list") {
					lists++
				}
			}
		}
		// the second run finds the images in the target
		if lists != 2 || requests["auto"] > requests["linux/amd64,linux/arm64"]+lists {
			t.Errorf("%d requests for lists, %v", lists, requests)
		}
	})
}
