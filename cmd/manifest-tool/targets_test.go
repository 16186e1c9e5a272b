package main

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

const twoTargets = "image: [reg.test/app:1.0, other.test/app:1.0]\nmanifests: [{image: reg.test/build:amd64}]\n"

// A target that has got its tag when another stops it is not one of which nothing is done.
func TestFailFastIsPartial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(nil, nil)
		defer s.close()
		s.registry[regHost].Push(t, "build", "amd64", rt.Image{}.Build())
		s.registry[regHost].Inject(nil, rt.Of(rt.LookUpTag), 2, fault("slow", 0, func(scene rt.Scene) {
			time.Sleep(5 * time.Second)
			scene.Registry.Answer(scene.W, scene.R)
		}))
		s.registry[otherHost].Inject(nil, rt.Of(rt.PutTag), 1, fault("denied", 0, func(scene rt.Scene) {
			time.Sleep(time.Second)
			rt.Status(http.StatusForbidden)(scene)
		}))
		o := s.run(t, twoTargets, "push", "from-spec", "--plain-http", "--fail-fast", "--output", "json", "-")
		moved := strings.Contains(o.stderr, "tag 1.0 was moved") || strings.Contains(o.stdout, `"status": "created"`)
		if o.code != output.ExitPartial || !moved || strings.Contains(o.stderr, "context canceled") {
			t.Errorf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
		}
	})
}

// A target whose credentials cannot be had does not stop the others.
func TestTargetWithoutCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(nil, nil)
		defer s.close()
		s.environ = []string{`DOCKER_AUTH_CONFIG={"credHelpers": {"other.test": "gone"}}`}
		s.registry[regHost].Push(t, "build", "amd64", rt.Image{}.Build())
		o := s.run(t, twoTargets, "push", "from-spec", "--plain-http", "-")
		if _, ok := s.registry[regHost].Tag("app", "1.0"); !ok || o.code != output.ExitPartial || !strings.Contains(o.stderr, "docker-credential-gone") {
			t.Errorf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
		}
	})
}
