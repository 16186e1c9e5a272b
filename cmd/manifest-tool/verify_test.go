package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
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
	config, layer := configOf(t, arm64), layersOf(t, arm64)[1]
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

// What a registry answers instead of content.
func TestVerifyAnswers(t *testing.T) {
	amd64 := registrytest.Image{Layers: 2}.Build()
	arm64 := registrytest.Image{Architecture: "arm64", Layers: 2}.Build()
	index := registrytest.Index(false, amd64, arm64)
	layer := "/blobs/" + layersOf(t, arm64)[1]
	config := "/blobs/" + configOf(t, arm64)
	manifest := "/manifests/" + arm64.Digest
	signature := "/manifests/" + strings.Replace(index.Digest, ":", "-", 1) + ".sig"
	for _, test := range []struct {
		name, method, path string
		do                 func(registrytest.Scene)
		code               int
		rules              string
		args               string
	}{
		{"manifest 403", "GET", manifest, registrytest.Status(403), output.ExitUnverified, "manifest-unreadable", ""},
		{"manifest 500", "GET", manifest, registrytest.Status(500), output.ExitUnverified, "manifest-unreadable", ""},
		{"manifest 503", "GET", manifest, registrytest.Status(503), output.ExitUnavailable, "", ""},
		{"manifest 401", "GET", manifest, registrytest.Status(401), output.ExitDenied, "", ""},
		{"manifest with other bytes", "GET", manifest, registrytest.Flip, output.ExitUnverified, "manifest-corrupt", ""},
		{"config 403", "GET", config, registrytest.Status(403), output.ExitUnverified, "config-unreadable", ""},
		{"config with other bytes", "GET", config, registrytest.Flip, output.ExitUnverified, "config-corrupt", ""},
		{"layer denied by HEAD only", "HEAD", layer, registrytest.Status(404), output.ExitDone, "", ""},
		{"layer 403", "", layer, registrytest.Status(403), output.ExitUnverified, "layer-unreadable", ""},
		{"layer 500", "", layer, registrytest.Status(500), output.ExitUnverified, "layer-unreadable", ""},
		{"layer 503", "", layer, registrytest.Status(503), output.ExitUnavailable, "", ""},
		{"layer with other bytes, read", "GET", layer, registrytest.Flip, output.ExitUnverified, "layer-corrupt", "--deep"},
		{"index 404", "GET", "/manifests/1.0", registrytest.Status(404), output.ExitNotFound, "", ""},
		{"index with other bytes", "GET", "/manifests/1.0", registrytest.Flip, output.ExitUnverified, "manifest-corrupt", ""},
		{"signature 403", "GET", signature, registrytest.Status(403), output.ExitDone, "referrers-hidden", ""},
		{"signature 403, strict", "GET", signature, registrytest.Status(403), output.ExitUnverified, "referrers-hidden", "--strict"},
		{"signature with other bytes", "GET", signature, registrytest.Flip, output.ExitUnverified, "signature-tag-unreadable", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.New(t, registrytest.Options{})
			s.Push(t, "app", "1.0", index)
			s.Push(t, "app", strings.TrimPrefix(signature, "/manifests/"), registrytest.Signature("signed"))
			match := func(r *http.Request) bool {
				return strings.HasSuffix(r.URL.Path, test.path) && (test.method == "" || test.method == r.Method)
			}
			happened := s.Inject(nil, match, 1, registrytest.NewFault(test.name, test.do))
			args := append(strings.Fields(test.args), s.Host()+"/app:1.0")
			if got := strings.Join(verifyJSON(t, test.code, args...).rules(), " "); got != test.rules {
				t.Errorf("the rules are %q, want %q", got, test.rules)
			}
			if happened() == 0 {
				t.Error("the fault has not happened")
			}
		})
	}
}

func configOf(t *testing.T, image registrytest.Artifact) string { return blobsOf(t, image)[0] }

func layersOf(t *testing.T, image registrytest.Artifact) []string { return blobsOf(t, image)[1:] }

// blobsOf are the digests of the config and the layers of an image.
func blobsOf(t *testing.T, image registrytest.Artifact) []string {
	t.Helper()
	type descriptor struct{ Digest string }
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	if err := json.Unmarshal(image.Manifest, &manifest); err != nil {
		t.Fatal(err)
	}
	digests := []string{manifest.Config.Digest}
	for _, layer := range manifest.Layers {
		digests = append(digests, layer.Digest)
	}
	return digests
}

// Lists of referrers that are not right, with and without the API.
func TestVerifyReferrers(t *testing.T) {
	index := registrytest.Index(false, registrytest.Image{}.Build(), registrytest.Image{Architecture: "arm64"}.Build())
	list := strings.Replace(index.Digest, ":", "-", 1)
	other := registrytest.Image{Seed: "other"}.Build()
	about := registrytest.ReferTo(index, "bill of materials")
	for _, test := range []struct {
		name   string
		api    bool
		damage func(*registrytest.Server)
		rules  string
	}{
		{"sound, listed by the registry", true, func(*registrytest.Server) {}, ""},
		{"sound, listed under the tag", false, func(*registrytest.Server) {}, ""},
		{"gone", false, func(s *registrytest.Server) { s.DeleteManifest("app", about.Digest) }, "referrer-missing"},
		{"its blob is gone", true, func(s *registrytest.Server) { s.DeleteBlob("app", blobsOf(t, about)[1]) }, "referrer-corrupt"},
		{"no referrer at all", false, func(s *registrytest.Server) { s.Push(t, "app", list, registrytest.Index(false, other)) }, "referrer-subject-mismatch"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := registrytest.New(t, registrytest.Options{Referrers: test.api})
			s.Push(t, "app", "1.0", index)
			if err := about.PushReferrer(s.URL(), "app", index.Digest); err != nil {
				t.Fatal(err)
			}
			test.damage(s)
			code := output.ExitDone
			if test.rules != "" {
				code = output.ExitUnverified
			}
			if got := strings.Join(verifyJSON(t, code, s.Host()+"/app:1.0").rules(), " "); got != test.rules {
				t.Errorf("the rules are %q, want %q", got, test.rules)
			}
		})
	}
}

// Images of one repository share their blobs: each is asked for once.
func TestVerifyAllTagsOnce(t *testing.T) {
	s := registrytest.New(t, registrytest.Options{})
	shared := registrytest.Image{Layers: 3}.Build()
	s.Push(t, "app", "1.0", registrytest.Index(false, shared, registrytest.Image{Architecture: "arm64"}.Build()))
	s.Push(t, "app", "2.0", registrytest.Index(false, shared, registrytest.Image{Architecture: "arm64", Seed: "two"}.Build()))
	s.Push(t, "app", "latest", registrytest.Index(false, shared, registrytest.Image{Architecture: "arm64", Seed: "two"}.Build()))
	for _, deep := range []string{"--deep=false", "--deep"} {
		s.ResetRequests()
		if v := verifyJSON(t, output.ExitDone, deep, "--all-tags", s.Host()+"/app"); len(v.Images) != 2 || len(v.rules()) > 0 {
			t.Errorf("%+v", v)
		}
		seen := map[string]bool{}
		for _, r := range s.Requests() {
			if seen[r.Path] && !strings.Contains(r.Path, "/manifests/sha256-") && strings.Contains(r.Path, "sha256:") {
				t.Errorf("%s: %s %s comes twice", deep, r.Method, r.Path)
			}
			seen[r.Path] = true
		}
	}
}

// Indexes of all shapes that registries hold are whole. Some have warnings.
func TestVerifyShapes(t *testing.T) {
	want := map[string]string{
		"cnab":   "mixed-formats nested-index platform-missing platform-missing",
		"sparse": "manifest-missing",
	}
	for name, shape := range registrytest.Shapes() {
		t.Run(name, func(t *testing.T) {
			s := registrytest.New(t, registrytest.Options{Unchecked: true})
			if err := shape.Push(s.URL(), "app", "1.0"); err != nil {
				t.Fatal(err)
			}
			code := output.ExitDone
			if want[name] == "manifest-missing" {
				code = output.ExitUnverified
			}
			if got := strings.Join(verifyJSON(t, code, "--deep", s.Host()+"/app:1.0").rules(), " "); got != want[name] {
				t.Errorf("the rules are %q, want %q", got, want[name])
			}
		})
	}
}

// What a repair brings, from where, and what it leaves alone.
func TestVerifyRepair(t *testing.T) {
	amd64 := registrytest.Image{Layers: 2}.Build()
	arm64 := registrytest.Image{Architecture: "arm64", Layers: 2}.Build()
	inner := registrytest.Index(false, arm64)
	attested := registrytest.Attested(amd64)
	statement := attested.Children[1]
	index := registrytest.Index(false, append(attested.Children, inner)...)
	about := registrytest.ReferTo(index, "bill of materials")
	layer := layersOf(t, amd64)[0]
	type damaged struct{ target, one, two *registrytest.Server }
	for _, test := range []struct {
		name   string
		damage func(damaged)
		rules  string // after the repair
		brings int
	}{
		{"an index with all that is below it", func(d damaged) {
			d.target.DeleteManifest("app", inner.Digest)
			d.target.DeleteManifest("app", arm64.Digest)
			for _, digest := range blobsOf(t, arm64) {
				d.target.DeleteBlob("app", digest)
			}
		}, "nested-index", 5},
		{"an attestation that names its subject", func(d damaged) { d.target.DeleteManifest("app", statement.Digest) }, "nested-index", 1},
		{"a referrer", func(d damaged) { d.target.DeleteManifest("app", about.Digest) }, "nested-index", 1},
		{"a manifest from one place, and its layer from the other", func(d damaged) {
			d.target.DeleteManifest("app", amd64.Digest)
			d.target.DeleteBlob("app", layer)
			d.one.DeleteBlob("app", layer)
			d.two.DeleteManifest("app", amd64.Digest)
		}, "nested-index", 2},
		{"a manifest whose layer is nowhere", func(d damaged) {
			d.target.DeleteManifest("app", amd64.Digest)
			for _, s := range []*registrytest.Server{d.target, d.one, d.two} {
				s.DeleteBlob("app", layer)
			}
		}, "manifest-missing nested-index", 0},
		{"one of two", func(d damaged) {
			d.target.DeleteManifest("app", amd64.Digest)
			d.target.DeleteManifest("app", statement.Digest)
			d.one.DeleteManifest("app", amd64.Digest)
			d.two.DeleteManifest("app", amd64.Digest)
		}, "manifest-missing nested-index", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var servers []*registrytest.Server
			for range 3 {
				s := registrytest.New(t, registrytest.Options{Unchecked: true})
				s.Push(t, "app", "1.0", index)
				if err := about.PushReferrer(s.URL(), "app", index.Digest); err != nil {
					t.Fatal(err)
				}
				servers = append(servers, s)
			}
			d := damaged{servers[0], servers[1], servers[2]}
			test.damage(d)
			tags := fmt.Sprint(d.target.Tag("app", "1.0")) + fmt.Sprint(d.target.Tag("app", strings.Replace(index.Digest, ":", "-", 1)))
			code := output.ExitDone
			if strings.Contains(test.rules, "missing") {
				code = output.ExitUnverified
			}
			for _, s := range servers {
				s.ResetRequests()
			}
			v := verifyJSON(t, code, "--deep", "--repair-from", d.one.Host()+"/app,"+d.two.Host()+"/app", d.target.Host()+"/app:1.0")
			if got := strings.Join(v.rules(), " "); got != test.rules || len(v.Images[0].Repair.Brought) != test.brings {
				t.Errorf("the rules are %q, want %q; the repair is %+v", got, test.rules, v.Images[0].Repair)
			}
			for _, r := range d.target.Requests() {
				if r.Method == "PUT" && strings.Contains(r.Path, "/manifests/") && !strings.Contains(r.Path, "/manifests/sha256:") {
					t.Errorf("the repair writes a tag: %s %s", r.Method, r.Path)
				}
			}
			for _, r := range append(d.one.Requests(), d.two.Requests()...) {
				if r.Kind().Writes() {
					t.Errorf("the repair writes to a source: %s %s", r.Method, r.Path)
				}
			}
			if got := fmt.Sprint(d.target.Tag("app", "1.0")) + fmt.Sprint(d.target.Tag("app", strings.Replace(index.Digest, ":", "-", 1))); got != tags {
				t.Errorf("the tags are %s, not %s", got, tags)
			}
		})
	}
}

// Nothing of a large or deep index makes verify read without end.
func TestVerifyLimits(t *testing.T) {
	deep := registrytest.Index(false, registrytest.Image{}.Build())
	for range 6 {
		deep = registrytest.Index(false, deep)
	}
	wide := make([]string, 1200)
	for i := range wide {
		wide[i] = fmt.Sprintf(`{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%064x","size":1}`, i)
	}
	for name, index := range map[string]registrytest.Artifact{
		"deep": deep,
		"wide": {MediaType: "application/vnd.oci.image.index.v1+json", Manifest: []byte(`{"schemaVersion":2,"manifests":[` + strings.Join(wide, ",") + `]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			s := registrytest.New(t, registrytest.Options{Unchecked: true})
			if name == "wide" {
				index.Digest = registry.DigestOf(index.Manifest).String()
			}
			s.Push(t, "app", "1.0", index)
			v := verifyJSON(t, output.ExitUnverified, s.Host()+"/app:1.0")
			if rules := v.rules(); !slices.Contains(rules, "limit-exceeded") || len(rules) > 1001 {
				t.Errorf("%d rules", len(rules))
			}
		})
	}
}

// An image whose layers stand in another order than in its config has all bytes, and cannot be unpacked.
func TestVerifyDiffIDs(t *testing.T) {
	image := registrytest.Swapped(registrytest.Image{Layers: 2}.Build())
	s := registrytest.New(t, registrytest.Options{})
	s.Push(t, "app", "1.0", image)
	if got := verifyJSON(t, output.ExitDone, s.Host()+"/app:1.0").rules(); len(got) > 0 {
		t.Errorf("without --deep: %q", got)
	}
	if got := verifyJSON(t, output.ExitUnverified, "--deep", s.Host()+"/app:1.0").rules(); !slices.Equal(got, []string{"diff-id-mismatch", "diff-id-mismatch"}) {
		t.Errorf("with --deep: %q", got)
	}
}

// A registry that stops in the middle of a layer ends with --timeout.
func TestVerifyTimeout(t *testing.T) {
	image := registrytest.Image{Layers: 2}.Build()
	s := registrytest.New(t, registrytest.Options{})
	s.Push(t, "app", "1.0", image)
	over := make(chan struct{})
	defer close(over)
	match := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, layersOf(t, image)[1]) }
	s.Inject(over, match, 1, registrytest.NewFault("stall", registrytest.Stall))
	code, _, stderr := tool(t, "", nil, "--plain-http", "--timeout", "500ms", "verify", "--deep", s.Host()+"/app:1.0")
	if code != output.ExitUnavailable || !strings.Contains(stderr, "--timeout") {
		t.Errorf("exit %d, want %d\n%s", code, output.ExitUnavailable, stderr)
	}
}
