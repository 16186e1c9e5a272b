package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/spec"
)

// spec init prints a spec of each shape, which loads without a warning, and whose push gives the digest of the image, or a
// warning says that the digest differs. What manifest-tool has written itself is always made again.
func TestSpecInitOfShapes(t *testing.T) {
	shapes := registrytest.Shapes()
	docker := registrytest.Image{Docker: true, OS: "linux", Architecture: "s390x"}.Build()
	oci := registrytest.Image{OS: "linux", Architecture: "s390x"}.Build()
	bare := registrytest.Image{OS: "linux", Architecture: "arm", Variant: "v7"}.Build()
	for name, a := range map[string]registrytest.Artifact{
		"docker list":   registrytest.Index(true, docker),
		"oci index":     registrytest.Index(false, oci, bare),
		"docker in oci": registrytest.Index(false, docker),
		"oci in docker": registrytest.Index(true, oci),
	} {
		shapes[name] = registrytest.Shape{Artifact: a}
	}
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		t.Run(name, func(t *testing.T) {
			shape := shapes[name]
			if len(shape.Absent) > 0 {
				t.Skip("the registry refuses an index whose images do not exist")
			}
			synctest.Test(t, func(t *testing.T) {
				s := newStage(nil, nil)
				defer s.close()
				s.registry[regHost].Push(t, "app", "1.0", shape.Artifact)
				isSame, warning := initAndPush(t, s, "reg.test/app:1.0", shape.Digest)
				if isSame == strings.Contains(warning, "warning") {
					t.Errorf("same digest: %v\n%s", isSame, warning)
				}
				if want := lostOf[name]; !strings.Contains(warning, want) {
					t.Errorf("the warning lacks %q\n%s", want, warning)
				}
				s.registry[regHost].Push(t, "app", "1.0", shape.Artifact)
				ours := s.run(t, "", "--plain-http", "create", "--push", "reg.test/app:ours", "reg.test/app:1.0")
				digest := strings.Fields(ours.stdout + " - -")[1]
				if isSame, warning := initAndPush(t, s, "reg.test/app:ours", digest); !isSame || warning != "" {
					t.Errorf("same digest: %v\n%s", isSame, warning)
				}
			})
		})
	}
}

// lostOf are parts of the warnings about some shapes.
var lostOf = map[string]string{
	"annotated":     "because the spec does not keep: artifactType of the index",
	"cnab":          "the entry (an index of its own), and adds entries: linux/amd64",
	"disk":          "the order of the entries",
	"oci in docker": "with the same images",
}

// initAndPush prints the spec of an image, pushes the spec, and reports whether the image has the digest again.
func initAndPush(t *testing.T, s *stage, image, digest string) (isSame bool, warning string) {
	t.Helper()
	s.registry[regHost].ResetRequests()
	got := s.run(t, "", "--plain-http", "spec", "init", image)
	if got.code != output.ExitDone {
		t.Fatalf("exit %d\n%s", got.code, got.stderr)
	}
	for _, r := range s.requests() {
		if r.Method != "GET" && r.Method != "HEAD" {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
	if _, notes, err := spec.Load("", strings.NewReader(got.stdout), spec.Options{Strict: true}); err != nil || len(notes) > 0 {
		t.Fatalf("%v %q\n%s", err, notes, got.stdout)
	}
	pushed := s.run(t, got.stdout, "--plain-http", "push", "from-spec", "-")
	if pushed.code != output.ExitDone {
		t.Fatalf("exit %d\n%s\n%s", pushed.code, pushed.stderr, got.stdout)
	}
	return strings.HasPrefix(pushed.stdout, "Digest: "+digest+" "), got.stderr
}
