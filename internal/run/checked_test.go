package run

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Registries that only an index names are led by the registry of the index, and come behind the user's own places.
func TestPlacesOfSources(t *testing.T) {
	subject := func(image string, reach network.Reach, sources ...string) checked {
		s, err := spec.ParseSubject(image)
		if err != nil {
			t.Fatal(err)
		}
		c := checked{subject: subject{Subject: s}}
		if s.Image.Place.Kind == spec.Registry {
			c.leader = remote.Leader{Registry: s.Image.Place.Repository.RegistryStr(), Reach: reach}
		}
		for _, source := range sources {
			ref, err := spec.ParseReference(source)
			if err != nil {
				t.Fatal(err)
			}
			c.recorded = append(c.recorded, plan.RecordedSource{Source: ref})
		}
		return c
	}
	public, private := remote.Leader{Registry: "public.test", Reach: network.Public}, remote.Leader{Registry: "private.test", Reach: network.Private}
	got := placesOfSources([]checked{
		subject("private.test/app:1", network.Private, "a.test/a:1", "b.test/b:1", "public.test/c:1"),
		subject("public.test/app:1", network.Public, "b.test/b:2", "private.test/d:1", "public.test/e:1"),
		subject("oci-layout:dir", 0, "c.test/c:1"),
	})
	if diff := cmp.Diff(map[string]remote.Leader{"a.test": private, "b.test": public}, got.leaders); diff != "" {
		t.Error(diff)
	}
	if main := got.main().String(); main != "private.test/app" || len(got.sources) != 3+7 {
		t.Errorf("the main place is %s of %d", main, len(got.sources))
	}
}
