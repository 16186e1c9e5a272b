package main

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// leftOut runs a command on a stage whose repository sparse holds an index with an absent image. It reports the
// requests for the manifests that the command does not need.
func leftOut(t *testing.T, shape, platform, stdin string, args ...string) (o outcome, reads []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(nil, nil)
		defer s.close()
		source := rt.Shapes()[shape]
		s.registry[regHost].PushShape(t, "sparse", "1.0", source)
		needed := map[string]bool{source.Digest: true}
		for _, child := range source.Children {
			if child.Platform.String() == platform {
				needed[child.Digest] = true
			}
		}
		for _, child := range append(source.Children, source.Absent...) {
			if needed[child.Annotations["vnd.docker.reference.digest"]] || needed[child.Annotations["com.amazon.soci.image-manifest-digest"]] {
				needed[child.Digest] = true
			}
		}
		s.registry[regHost].ResetRequests()
		o = s.run(t, stdin, args...)
		for _, r := range s.registry[regHost].Requests() {
			_, digest, _ := strings.Cut(r.Path, "/manifests/")
			if strings.HasPrefix(r.Path, "/v2/sparse/") && strings.HasPrefix(digest, "sha256:") && !needed[digest] {
				reads = append(reads, r.String())
			}
		}
	})
	return o, reads
}

// A filter by platform applies before anything is read: the other images may be gone.
func TestFiltersReadOnlyWhatTheyNeed(t *testing.T) {
	spec := "image: other.test/app:1.0\nmanifests: [{image: reg.test/sparse:1.0}]\n"
	group := "image: other.test/app:1.0\nmanifests: [{image: reg.test/sparse:1.0, platform: linux/amd64}]\n"
	for _, shape := range []string{"sparse", "levels", "zstd", "soci"} {
		for name, run := range map[string]struct {
			stdin string
			args  string
		}{
			"copy --platforms":        {"", "copy --plain-http --platforms linux/amd64 reg.test/sparse:1.0 other.test/app:1.0"},
			"copy, the same registry": {"", "copy --plain-http --platforms linux/amd64 reg.test/sparse:1.0 reg.test/app:1.0"},
			"push --platforms":        {spec, "push from-spec --plain-http --platforms linux/amd64 -"},
			"push of a platform":      {group, "push from-spec --plain-http -"},
			"push from-args":          {"", "push from-args --plain-http --platforms linux/amd64 --template reg.test/sparse:1.0 --target other.test/app:1.0"},
			"edit --remove":           {"", "edit --plain-http reg.test/sparse:1.0 --tag other.test/app:1.0 --remove linux/arm64 --remove linux/amd64/v2 --remove linux/amd64/v3"},
			"inspect --platform":      {"", "inspect --plain-http --platform linux/amd64 reg.test/sparse:1.0"},
			"push --dry-run":          {spec, "push from-spec --plain-http --dry-run --platforms linux/amd64 -"},
		} {
			t.Run(shape+" "+name, func(t *testing.T) {
				o, reads := leftOut(t, shape, "linux/amd64", run.stdin, strings.Fields(run.args)...)
				if o.code != output.ExitDone || len(reads) > 0 {
					t.Errorf("exit %d, reads %q\n%s%s", o.code, reads, o.stdout, o.stderr)
				}
			})
		}
	}
}

// Without a filter, an image that is gone is an error, or left out if --ignore-missing says so.
func TestIgnoreMissingOfIndex(t *testing.T) {
	spec := "image: other.test/app:1.0\nmanifests: [{image: reg.test/sparse:1.0}]\n"
	gone := rt.Shapes()["sparse"].Absent[0].Digest
	o, _ := leftOut(t, "sparse", "linux/amd64", spec, "push", "from-spec", "--plain-http", "-")
	if o.code != output.ExitNotFound || !strings.Contains(o.stderr, gone) {
		t.Errorf("exit %d\n%s", o.code, o.stderr)
	}
	o, _ = leftOut(t, "sparse", "linux/amd64", spec, "push", "from-spec", "--plain-http", "--ignore-missing", "--output", "json", "-")
	if o.code != output.ExitDone || !strings.Contains(o.stderr, "skipped (--ignore-missing)") || strings.Contains(o.stdout, `"digest": "`+gone) {
		t.Errorf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	o, _ = leftOut(t, "sparse", "linux/amd64", "", "copy", "--plain-http", "reg.test/sparse:1.0", "other.test/app:1.0")
	if o.code != output.ExitNotFound || !strings.Contains(o.stderr, gone) {
		t.Errorf("exit %d\n%s", o.code, o.stderr)
	}
}
