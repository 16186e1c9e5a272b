package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// S8 and S9: copy --all-tags of 250 tags, which are 50 indexes of 4 images and the tags of these images, within a
// registry. S9 is S8 again, with nothing to do.
func TestAllTagsBudget(t *testing.T) {
	const indexes = 50
	first := budget{requests: 1402, chain: 160, writes: true}
	again := budget{requests: 510, chain: 24}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(scenario{options: registrytest.Options{Latency: 50 * time.Millisecond}}.hostOptions(), nil)
		defer s.close()
		s.network.Latency = 50 * time.Millisecond
		for i := range indexes {
			var images []registrytest.Artifact
			for _, arch := range []string{"amd64", "arm64", "s390x", "ppc64le"} {
				image := registrytest.Image{Architecture: arch, Seed: fmt.Sprint(i)}.Build()
				s.registry[regHost].Push(t, "src", fmt.Sprintf("1.%d-%s", i, arch), image)
				images = append(images, image)
			}
			s.registry[regHost].Push(t, "src", fmt.Sprintf("1.%d", i), registrytest.Index(false, images...))
		}
		for _, b := range []budget{first, again} {
			s.calm()
			o := s.run(t, "", "copy", "--plain-http", "--all-tags", "reg.test/src", "reg.test/app")
			if o.code != output.ExitDone {
				t.Fatalf("exit %d\n%s", o.code, o.stderr)
			}
			b.check(t, s.requests(), o)
			if n := registrytest.AtOnce(s.registry[regHost].Requests()); n > defaultJobs {
				t.Errorf("%d requests at once", n)
			}
			for _, tag := range []string{"1.0", "1.49", "1.7-s390x"} {
				got, _ := s.registry[regHost].Tag("app", tag)
				if want, _ := s.registry[regHost].Tag("src", tag); got != want {
					t.Errorf("%s is %s, want %s", tag, got, want)
				}
			}
		}
	})
}

// fillRepository fills a repository of other.test: two indexes that share an image, and tags of their images.
func fillRepository(t *testing.T, s *stage) (tags []string) {
	image := func(arch, seed string) registrytest.Artifact {
		return registrytest.Image{Architecture: arch, Seed: seed, Layers: 2}.Build()
	}
	amd64, arm64, newer := image("amd64", "a"), image("arm64", "a"), image("amd64", "b")
	for tag, artifact := range map[string]registrytest.Artifact{
		"1.0": registrytest.Index(false, amd64, arm64), "1.0-amd64": amd64, "1.0-arm64": arm64,
		"1.1": registrytest.Index(false, newer, arm64), "1.1-amd64": newer,
	} {
		s.registry[otherHost].Push(t, "src", tag, artifact)
		tags = append(tags, tag)
	}
	return tags
}

// Whatever goes wrong in a copy of all tags, each tag of the target is absent, old or new, and whole. A second run
// completes the copy.
func TestAllTagsFaults(t *testing.T) {
	args := []string{"copy", "--plain-http", "--all-tags", "other.test/src", "reg.test/app"}
	var requests []registrytest.Request
	synctest.Test(t, func(t *testing.T) {
		s := newStage(scenario{}.hostOptions(), nil)
		defer s.close()
		fillRepository(t, s)
		if o := s.run(t, "", args...); o.code != output.ExitDone {
			t.Fatalf("exit %d\n%s", o.code, o.stderr)
		}
		requests = s.requests()
	})
	cases := 0
	for i, point := range (dryRun{requests: requests}).requestPoints() {
		for _, f := range registrytest.Faults() {
			name := fmt.Sprintf("%d %s/%s", i, point.kind, f.Name)
			if f.Slow || !f.Fits(point.kind) || !(scenario{name: "all tags", like: true}).sampled(name) {
				continue
			}
			cases++
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { allTagsFault(t, args, point, f) })
			})
		}
	}
	t.Logf("%d cases", cases)
}

func allTagsFault(t *testing.T, args []string, at requestPoint, f registrytest.Fault) {
	s := newStage(scenario{}.hostOptions(), nil)
	defer s.close()
	tags := fillRepository(t, s)
	s.registry[at.host].Inject(s.network.Over(), registrytest.At(at.point), at.nth, f)
	o := s.run(t, "", args...)
	for _, tag := range tags {
		want, _ := s.registry[otherHost].Tag("src", tag)
		found := s.walk(regHost, "app", tag)
		if found.Digest != "" && (found.Digest != want || len(found.Wrong) > 0) || o.code == output.ExitDone && found.Digest == "" {
			t.Errorf("exit %d: tag %s holds %q, %v, want %s\n%s", o.code, tag, found.Digest, found.Wrong, want, o.stderr)
		}
	}
	s.calm()
	if again := s.run(t, "", args...); again.code != output.ExitDone || strings.Count(again.stdout, "Digest: ") != len(tags) {
		t.Errorf("again, without the fault: exit %d\n%s%s", again.code, again.stdout, again.stderr)
	}
}

// S7: 100 indexes of 4 images in one repository, in one run.
func TestManySpecsBudget(t *testing.T) {
	b := budget{requests: 1110, chain: 45, writes: true}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(scenario{options: registrytest.Options{Latency: 50 * time.Millisecond}}.hostOptions(), nil)
		defer s.close()
		s.network.Latency = 50 * time.Millisecond
		var specs strings.Builder
		for i := range 100 {
			fmt.Fprintf(&specs, "---\nimage: reg.test/app:1.%d\nmanifests:\n", i)
			for _, arch := range []string{"amd64", "arm64", "s390x", "ppc64le"} {
				tag := fmt.Sprintf("1.%d-%s", i, arch)
				s.registry[regHost].Push(t, "app", tag, registrytest.Image{Architecture: arch, Seed: fmt.Sprint(i)}.Build())
				fmt.Fprintf(&specs, "- image: reg.test/app:%s\n", tag)
			}
		}
		o := s.run(t, specs.String(), "push", "from-spec", "--plain-http", "-")
		if o.code != output.ExitDone || strings.Count(o.stdout, "Digest: ") != 100 {
			t.Fatalf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
		}
		b.check(t, s.requests(), o)
	})
}
