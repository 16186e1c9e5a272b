package integration

import (
	"net/http"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// TestSparse reads indexes whose other images are gone: by "crane index filter", which leaves images out of an
// index, and by a registry that deletes one.
func TestSparse(t *testing.T) {
	t.Parallel()
	onEveryRegistry(t, func(t *testing.T, r registry) {
		s := registrytest.Shapes()["levels"]
		if err := s.Push("http://"+r.Host, "mirror/app", "1.0"); err != nil {
			t.Fatal(err)
		}
		source, env := r.Host+"/mirror/app:1.0", []string{"HOME=" + t.TempDir()}
		run := func(args ...string) (string, error) { return command(t, env, binary(t), args...) }

		filtered := r.Host + "/mirror/filtered:1.0"
		crane(t, "index", "filter", source, "--platform", "linux/amd64", "--platform", "linux/arm64", "--tag", filtered)
		ours := r.Host + "/mirror/ours:1.0"
		if _, err := run("copy", "--platforms", "linux/arm64", filtered, ours); err != nil {
			t.Error(err)
		}
		wantOnly(t, ours, s.Children[3].Digest)

		// DELETE of a manifest leaves the index that lists it
		gone := s.Children[3].Digest
		send(t, http.MethodDelete, "http://"+r.Host+"/v2/mirror/app/manifests/"+gone, "", nil, http.StatusAccepted)
		if _, err := run("copy", "--platforms", "linux/amd64", source, r.Host+"/copied/app:1.0"); err != nil {
			t.Error(err)
		}
		wantOnly(t, r.Host+"/copied/app:1.0", s.Children[0].Digest)
		if _, err := run("copy", source, r.Host+"/copied/app:all"); err == nil || !strings.Contains(err.Error(), gone) {
			t.Errorf("copy of an index whose image is gone: %v", err)
		}
		if _, err := run("create", "--push", "--ignore-missing", r.Host+"/pushed/app:1.0", source); err != nil {
			t.Error(err)
		}
		if _, err := scripttest.Walk(r.Host + "/pushed/app:1.0"); err != nil {
			t.Error(err)
		}
		if _, err := run("edit", source, "--tag", r.Host+"/edited/app:1.0", "--remove", "linux/arm64"); err != nil {
			t.Error(err)
		}
		if _, err := scripttest.Walk(r.Host + "/edited/app:1.0"); err != nil {
			t.Error(err)
		}
	})
}

// wantOnly checks that an index is whole, and that an image is the only one in it.
func wantOnly(t *testing.T, name, image string) {
	t.Helper()
	if _, err := scripttest.Walk(name); err != nil {
		t.Error(err)
	}
	attestations := 0
	digests := digestsIn(t, crane(t, "manifest", name))
	for _, digest := range digests {
		if digest != image {
			attestations++
		}
	}
	if attestations > 1 || len(digests) != attestations+1 {
		t.Errorf("%s holds %s, want %s and its attestation", name, digests, image)
	}
}
