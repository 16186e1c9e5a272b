package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// verify of eight platforms with ten layers each, which share nothing.
func TestVerifyBudget(t *testing.T) {
	const referrers = 9 * 5 // for each manifest: the API, the list, and three tags of cosign
	b := budget{requests: 1 + 8 + 8 + 88 + referrers, chain: 8}
	var images []registrytest.Artifact
	for i := range 8 {
		images = append(images, registrytest.Image{Architecture: fmt.Sprintf("cpu%d", i), Layers: 10}.Build())
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(scenario{options: registrytest.Options{Latency: 50 * time.Millisecond}}.hostOptions(), nil)
		defer s.close()
		s.network.Latency = 50 * time.Millisecond
		s.registry[regHost].Push(t, "app", "1.0", registrytest.Index(false, images...))
		o := s.run(t, "", "--plain-http", "verify", "reg.test/app:1.0")
		if o.code != output.ExitDone {
			t.Fatalf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
		}
		b.check(t, s.requests(), o)
	})
}

// A verdict is what verify --output json prints.
type verdict struct {
	Images []struct {
		Name, Error string
		Whole       bool
		Blobs       int
		Findings    []struct{ Severity, Rule, Where, What string }
		Repair      *struct{ Brought, NotFound []string }
	}
}

// rules are the rules of the findings of all images, sorted.
func (v verdict) rules() []string {
	var rules []string
	for _, image := range v.Images {
		for _, f := range image.Findings {
			rules = append(rules, f.Rule)
		}
	}
	slices.Sort(rules)
	return rules
}

func verifyJSON(t *testing.T, want int, args ...string) verdict {
	t.Helper()
	code, stdout, stderr := tool(t, "", nil, append([]string{"--plain-http", "verify", "--output", "json"}, args...)...)
	if code != want {
		t.Fatalf("exit %d, want %d\n%s%s", code, want, stdout, stderr)
	}
	var v verdict
	if err := json.Unmarshal([]byte(stdout), &v); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	return v
}

// What a registry has lost, and what it hides.
func TestVerifyDamage(t *testing.T) {
	amd64 := registrytest.Image{Layers: 3}.Build()
	arm64 := registrytest.Image{Architecture: "arm64", Layers: 3}.Build()
	index := registrytest.Index(false, amd64, arm64)
	var layer, config string
	var manifest struct {
		Config struct{ Digest string }
		Layers []struct{ Digest string }
	}
	if err := json.Unmarshal(arm64.Manifest, &manifest); err != nil {
		t.Fatal(err)
	}
	layer, config = manifest.Layers[1].Digest, manifest.Config.Digest
	for _, test := range []struct {
		name   string
		damage func(*registrytest.Server)
		rules  string
	}{
		{"whole", func(*registrytest.Server) {}, ""},
		{"manifest", func(s *registrytest.Server) { s.DeleteManifest("app", arm64.Digest) }, "manifest-missing"},
		{"layer", func(s *registrytest.Server) { s.DeleteBlob("app", layer) }, "layer-missing"},
		{"config", func(s *registrytest.Server) { s.DeleteBlob("app", config) }, "config-missing"},
		{"all", func(s *registrytest.Server) {
			s.DeleteManifest("app", amd64.Digest)
			s.DeleteBlob("app", config)
			s.DeleteBlob("app", layer)
		}, "config-missing layer-missing manifest-missing"},
	} {
		for _, deep := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%t", test.name, deep), func(t *testing.T) {
				s, mirror := registrytest.New(t, registrytest.Options{}), registrytest.New(t, registrytest.Options{})
				s.Push(t, "app", "1.0", index)
				mirror.Push(t, "mirror/app", "any", index)
				test.damage(s)
				code := output.ExitDone
				if test.rules != "" {
					code = output.ExitUnverified
				}
				v := verifyJSON(t, code, "--deep="+fmt.Sprint(deep), s.Host()+"/app:1.0")
				if got := strings.Join(v.rules(), " "); got != test.rules {
					t.Errorf("the rules are %q, want %q", got, test.rules)
				}
				if test.rules == "" {
					return
				}
				v = verifyJSON(t, output.ExitUnverified, "--repair-from", s.Host()+"/nothing", s.Host()+"/app:1.0")
				if got := strings.Join(v.rules(), " "); got != test.rules {
					t.Errorf("after a repair from nowhere, the rules are %q, want %q", got, test.rules)
				}
				before, _ := s.Tag("app", "1.0")
				s.ResetRequests()
				v = verifyJSON(t, output.ExitDone, "--deep="+fmt.Sprint(deep), "--repair-from", mirror.Host()+"/mirror/app", s.Host()+"/app:1.0")
				if got := v.rules(); len(got) > 0 || len(v.Images[0].Repair.Brought) != len(strings.Fields(test.rules)) {
					t.Errorf("after the repair: %q, %v", got, v.Images[0].Repair)
				}
				for _, r := range s.Requests() {
					if r.Method == "PUT" && strings.Contains(r.Path, "/manifests/") && !strings.Contains(r.Path, "/manifests/sha256:") {
						t.Errorf("the repair writes a tag: %s %s", r.Method, r.Path)
					}
				}
				if after, _ := s.Tag("app", "1.0"); after != before {
					t.Errorf("the tag has moved from %s to %s", before, after)
				}
				if err := s.Complete("app", "1.0"); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
