package plan

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	ociImage    = types.OCIManifestSchema1
	dockerImage = types.DockerManifestSchema2
)

func at(t *testing.T, s string) spec.Reference {
	t.Helper()
	ref, err := spec.ParseReference(s)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// planned is a case: entries of a spec and what was found behind each.
type planned struct {
	spec  spec.Spec
	state State
	notes []string // of the last plan
}

func newPlanned(t *testing.T) *planned {
	return &planned{
		spec:  spec.Spec{Targets: []spec.Target{{Place: at(t, "example.com/app:1.0").Place, Tags: []string{"1.0"}}}, Type: spec.Auto},
		state: State{Targets: []TargetState{{Tags: map[string]v1.Hash{}, Present: map[v1.Hash]bool{}}}},
	}
}

// add adds an entry with one image, whose config names a platform.
func (p *planned) add(t *testing.T, source string, platform v1.Platform, mediaType types.MediaType, config v1.Platform) *Node {
	t.Helper()
	ref := at(t, source)
	p.spec.Entries = append(p.spec.Entries, spec.Entry{Source: ref, Platform: platform})
	p.state.Entries = append(p.state.Entries, ResolvedEntry{Nodes: []Node{{
		Entry:  index.NewEntry(v1.Descriptor{MediaType: mediaType, Digest: registry.DigestOf([]byte(source)), Size: 500}),
		Place:  ref.Place,
		Config: config,
		Blobs:  []v1.Descriptor{{Digest: registry.DigestOf([]byte("config of " + source)), Size: 10}},
	}}})
	found := p.state.Entries
	return &found[len(found)-1].Nodes[0]
}

func platform(t *testing.T, s string) v1.Platform {
	t.Helper()
	p, err := platforms.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *planned) plan(t *testing.T, o Options) TargetPlan {
	t.Helper()
	plans, notes, err := Push(p.spec, p.state, o)
	if err != nil {
		t.Fatalf("Push: %v", err)
	}
	p.notes = notes
	return plans[0]
}

// attest gives the last image an attestation.
func (p *planned) attest() {
	e := &p.state.Entries[len(p.state.Entries)-1]
	image := e.Nodes[len(e.Nodes)-1]
	e.Nodes = append(e.Nodes, Node{Place: image.Place, Entry: index.NewEntry(v1.Descriptor{
		MediaType: ociImage, Digest: registry.DigestOf([]byte("attestation")), Size: 800, ArtifactType: "application/vnd.docker.attestation.manifest.v1+json",
		Annotations: map[string]string{index.ReferenceType: index.AttestationType, index.ReferenceDigest: image.Descriptor.Digest.String()},
		Platform:    &v1.Platform{OS: "unknown", Architecture: "unknown"},
	})})
}

// TestIndexBytes holds the bytes that we write: users pin their digests.
func TestIndexBytes(t *testing.T) {
	tests := map[string]func(*planned){
		"docker": func(p *planned) {
			p.add(t, "example.com/app:amd64", platform(t, "linux/amd64"), dockerImage, platform(t, "linux/amd64"))
			p.add(t, "example.com/app:arm64", platform(t, "linux/arm64/v8"), dockerImage, platform(t, "linux/arm64"))
			p.add(t, "example.com/app:386", platform(t, "linux/386"), dockerImage, v1.Platform{})
		},
		"oci": func(p *planned) {
			p.add(t, "example.com/app:amd64", v1.Platform{}, ociImage, platform(t, "linux/amd64"))
			p.add(t, "example.com/app:arm", v1.Platform{}, ociImage, platform(t, "linux/arm/v7"))
		},
		"mixed": func(p *planned) {
			p.add(t, "example.com/app:amd64", v1.Platform{}, dockerImage, platform(t, "linux/amd64"))
			p.add(t, "example.com/app:riscv64", v1.Platform{}, ociImage, platform(t, "linux/riscv64"))
		},
		"arm": func(p *planned) {
			for _, word := range []string{"arm/v5", "arm/v6", "arm/v7", "arm64"} {
				p.add(t, "example.com/app:"+strings.ReplaceAll(word, "/", ""), platform(t, "linux/"+word), dockerImage, v1.Platform{})
			}
		},
		"windows": func(p *planned) {
			for _, version := range []string{"10.0.17763.1", "10.0.20348.1"} {
				image := p.add(t, "example.com/app:"+version, platform(t, "windows/amd64"), dockerImage, platform(t, "windows/amd64:"+version))
				image.Config.OSFeatures = []string{"win32k"}
			}
		},
		"annotations": func(p *planned) {
			p.spec.Annotations = map[string]string{"b": "<&>\u2028\"", "a": "x=y,z"}
			p.add(t, "example.com/app:amd64", v1.Platform{}, dockerImage, platform(t, "linux/amd64"))
			p.spec.Entries[0].Annotations = map[string]string{"of": "the entry"}
		},
		"attested": func(p *planned) {
			p.add(t, "example.com/app:amd64", v1.Platform{}, ociImage, platform(t, "linux/amd64"))
			p.attest()
			p.add(t, "example.com/app:arm64", v1.Platform{}, ociImage, platform(t, "linux/arm64"))
		},
		"docker-forced": func(p *planned) {
			p.spec.Type = spec.Docker
			image := p.add(t, "example.com/app:amd64", v1.Platform{}, ociImage, platform(t, "linux/amd64"))
			image.Descriptor.Annotations = map[string]string{"left": "out"}
			p.attest()
		},
		"features": func(p *planned) {
			p.add(t, "example.com/app:a", v1.Platform{Features: []string{"sse4"}}, dockerImage, platform(t, "linux/amd64"))
			p.add(t, "example.com/app:b", v1.Platform{}, dockerImage, platform(t, "linux/amd64"))
		},
	}
	for name, build := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlanned(t)
			build(p)
			index := p.plan(t, Options{}).Index
			golden := filepath.Join("testdata", "index", name+".json")
			if *update {
				if err := os.WriteFile(golden, index.Bytes, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(index.Bytes)); diff != "" {
				t.Errorf("index (-want +got):\n%s", diff)
			}
			if index.Digest != registry.DigestOf(index.Bytes) {
				t.Errorf("digest %s is not that of the bytes", index.Digest)
			}
		})
	}
}

func TestPlanPlatform(t *testing.T) {
	tests := []struct {
		name                      string
		given, descriptor, config v1.Platform
		want                      string
	}{
		{"all from the config", v1.Platform{}, v1.Platform{}, v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}, "linux/arm/v7"},
		{"the index before the config", v1.Platform{}, v1.Platform{OS: "linux", Architecture: "arm", Variant: "v6"}, v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}, "linux/arm/v6"},
		{"the entry before both", v1.Platform{Variant: "v5"}, v1.Platform{OS: "linux", Architecture: "arm", Variant: "v6"}, v1.Platform{}, "linux/arm/v5"},
		{"os.version of the config", v1.Platform{OS: "windows", Architecture: "amd64"}, v1.Platform{}, v1.Platform{OS: "windows", Architecture: "amd64", OSVersion: "10.0.1"}, "windows/amd64:10.0.1"},
		{"not the variant of another architecture", v1.Platform{OS: "linux", Architecture: "arm64"}, v1.Platform{}, v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}, "linux/arm64"},
		{"v8 is kept", v1.Platform{Variant: "v8"}, v1.Platform{}, v1.Platform{OS: "linux", Architecture: "arm64"}, "linux/arm64/v8"},
		{"no alias is written", v1.Platform{}, v1.Platform{}, v1.Platform{OS: "linux", Architecture: "aarch64"}, "linux/arm64"},
		{"unknown says nothing", v1.Platform{}, v1.Platform{OS: "unknown", Architecture: "unknown"}, v1.Platform{OS: "linux", Architecture: "amd64"}, "linux/amd64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPlanned(t)
			image := p.add(t, "example.com/app:x", test.given, ociImage, test.config)
			image.Descriptor.Platform, image.Platform = &test.descriptor, index.Known(&test.descriptor)
			if got := p.plan(t, Options{}).Entries[0].Platform.String(); got != test.want {
				t.Errorf("platform %s, want %s", got, test.want)
			}
		})
	}
}

func TestPlanRefuses(t *testing.T) {
	amd64 := v1.Platform{OS: "linux", Architecture: "amd64"}
	tests := []struct {
		name  string
		build func(*planned)
		o     Options
		class error
		text  string
	}{
		{"two for one platform", func(p *planned) {
			p.add(t, "example.com/app:a", amd64, ociImage, amd64)
			p.add(t, "example.com/app:b", amd64, ociImage, amd64)
		}, Options{}, registry.ErrInvalid, "two images for linux/amd64: example.com/app:a (" + registry.DigestOf([]byte("example.com/app:a")).String() +
			") and example.com/app:b (" + registry.DigestOf([]byte("example.com/app:b")).String() + ")"},
		{"no platform anywhere", func(p *planned) {
			p.add(t, "example.com/app:a", v1.Platform{}, ociImage, v1.Platform{})
		}, Options{}, registry.ErrInvalid, "does not name its platform"},
		{"another platform, strictly", func(p *planned) {
			p.add(t, "example.com/app:a", v1.Platform{OS: "linux", Architecture: "arm64"}, ociImage, amd64)
		}, Options{Strict: true}, registry.ErrUnverified, "listed for linux/arm64, but its config says linux/amd64"},
		{"a missing image", func(p *planned) {
			p.add(t, "example.com/app:a", amd64, ociImage, amd64)
			p.add(t, "example.com/app:b", amd64, ociImage, amd64)
			p.state.Entries[1] = ResolvedEntry{Missing: registry.WrapOp("read", p.spec.Entries[1].Source, registry.ErrNotFound)}
		}, Options{}, registry.ErrNotFound, "read example.com/app:b: not found"},
		{"all missing", func(p *planned) {
			p.add(t, "example.com/app:a", amd64, ociImage, amd64)
			p.state.Entries[0] = ResolvedEntry{Missing: registry.ErrNotFound}
		}, Options{IgnoreMissing: true}, registry.ErrNotFound, "nothing to push, because none of the images exists:\nnot found"},
		{"a required platform that is not there", func(p *planned) {
			p.add(t, "example.com/app:a", amd64, ociImage, amd64)
			p.add(t, "example.com/app:b", v1.Platform{}, ociImage, platform(t, "linux/arm/v6"))
		}, Options{Require: []v1.Platform{platform(t, "linux/arm/v7"), amd64, platform(t, "linux/s390x")}}, registry.ErrUnverified,
			"--require: no image for linux/arm/v7, linux/s390x; the new index has linux/amd64, linux/arm/v6"},
		{"a required image that is missing", func(p *planned) {
			p.add(t, "example.com/app:a", amd64, ociImage, amd64)
			p.add(t, "example.com/app:b", platform(t, "linux/arm64"), ociImage, v1.Platform{})
			p.state.Entries[1] = ResolvedEntry{Missing: registry.ErrNotFound}
		}, Options{IgnoreMissing: true, Require: []v1.Platform{platform(t, "linux/arm64")}}, registry.ErrUnverified,
			"no image for linux/arm64; the new index has linux/amd64"},
		{"a selection that nothing fits", func(p *planned) {
			p.add(t, "example.com/app:a", amd64, ociImage, amd64)
			p.add(t, "example.com/app:b", v1.Platform{}, ociImage, platform(t, "linux/arm/v6"))
		}, Options{Platforms: []v1.Platform{amd64, platform(t, "linux/arm/v7")}}, registry.ErrNotFound,
			"--platforms: no image for linux/arm/v7; the available platforms are linux/amd64, linux/arm/v6"},
		{"a selected image that is missing", func(p *planned) {
			p.add(t, "example.com/app:a", amd64, ociImage, amd64)
			p.add(t, "example.com/app:b", platform(t, "linux/arm64"), ociImage, v1.Platform{})
			p.state.Entries[1] = ResolvedEntry{Missing: registry.ErrNotFound}
		}, Options{IgnoreMissing: true, Platforms: []v1.Platform{platform(t, "linux/arm64")}}, registry.ErrNotFound,
			"no image for linux/arm64; the available platforms are linux/amd64"},
		{"a required image that is not selected", func(p *planned) {
			p.add(t, "example.com/app:a", amd64, ociImage, amd64)
			p.add(t, "example.com/app:b", platform(t, "linux/arm64"), ociImage, v1.Platform{})
		}, Options{Platforms: []v1.Platform{amd64}, Require: []v1.Platform{platform(t, "linux/arm64")}}, registry.ErrUnverified,
			"no image for linux/arm64; the new index has linux/amd64"},
		{"annotations that make it too large", func(p *planned) {
			p.spec.Annotations = map[string]string{"a": strings.Repeat("x", registry.MaxManifest)}
			p.add(t, "example.com/app:a", amd64, ociImage, amd64)
		}, Options{}, registry.ErrInvalid, "at most 4 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPlanned(t)
			test.build(p)
			_, _, err := Push(p.spec, p.state, test.o)
			if !errors.Is(err, test.class) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("error %v, want one of %v with %q", err, test.class, test.text)
			}
		})
	}
}

func TestPlanRequire(t *testing.T) {
	tests := []struct {
		required, there string
		met             bool
	}{
		{"linux/arm64", "linux/arm64/v8", true},
		{"linux/arm64/v8", "linux/arm64", true},
		{"linux/arm/v7", "linux/arm/v7", true},
		{"linux/arm/v7", "linux/arm", true},
		{"linux/arm/v7", "linux/arm/v6", false},
		{"linux/arm64", "linux/arm", false},
		{"linux/amd64", "windows/amd64", false},
		{"windows/amd64", "windows/amd64:10.0.1", true},
		{"windows/amd64:10.0.2", "windows/amd64:10.0.1", false},
	}
	for _, test := range tests {
		t.Run(test.required+" of "+test.there, func(t *testing.T) {
			p := newPlanned(t)
			p.add(t, "example.com/app:x", platform(t, test.there), ociImage, v1.Platform{})
			_, _, err := Push(p.spec, p.state, Options{Require: []v1.Platform{platform(t, test.required)}})
			if (err == nil) != test.met {
				t.Errorf("error %v, but met is %v", err, test.met)
			}
		})
	}
}

func TestPlanSelection(t *testing.T) {
	amd64, armv6, arm64 := platform(t, "linux/amd64"), platform(t, "linux/arm/v6"), platform(t, "linux/arm64/v8")
	tests := []struct {
		name    string
		missing v1.Platform // of the entry whose image does not exist
		wanted  []v1.Platform
		want    string // the sources that are left, or the class of the error
	}{
		{"one", arm64, []v1.Platform{amd64}, "a"},
		{"in the order of the spec", platform(t, "linux/s390x"), []v1.Platform{platform(t, "linux/arm64"), amd64}, "a c at"},
		{"a variant that is left out", arm64, []v1.Platform{platform(t, "linux/arm")}, "b"},
		{"missing, for one that is wanted", arm64, []v1.Platform{amd64, platform(t, "linux/arm64")}, "not found"},
		{"missing, and may be for any", v1.Platform{}, []v1.Platform{amd64}, "not found"},
		{"missing, and may have the variant", platform(t, "linux/arm"), []v1.Platform{armv6}, "not found"},
		{"missing, with another variant", platform(t, "linux/arm/v7"), []v1.Platform{armv6}, "b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPlanned(t)
			p.add(t, "example.com/app:a", amd64, ociImage, amd64)
			p.add(t, "example.com/app:b", v1.Platform{}, ociImage, armv6)
			p.add(t, "example.com/app:c", v1.Platform{}, ociImage, arm64)
			p.attest()
			p.add(t, "example.com/app:d", test.missing, ociImage, v1.Platform{})
			p.state.Entries[3] = ResolvedEntry{Missing: registry.ErrNotFound}
			plans, notes, err := Push(p.spec, p.state, Options{Platforms: test.wanted})
			plan := append(plans, TargetPlan{})[0]
			var got []string
			for _, e := range plan.Entries {
				word := strings.TrimPrefix(e.Source, "example.com/app:")
				if e.Kind == index.Attestation {
					word = "at"
				}
				got = append(got, word)
			}
			if errors.Is(err, registry.ErrNotFound) {
				got = []string{"not found"}
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			if len(plan.Skipped)+len(notes) > 0 {
				t.Errorf("skipped %q, notes %q", plan.Skipped, notes)
			}
		})
	}
}

// An image that is only listed is told, unless nobody asks for it.
func TestPlanSelectionOfAbsent(t *testing.T) {
	p := newPlanned(t)
	amd64, arm64 := platform(t, "linux/amd64"), platform(t, "linux/arm64")
	p.add(t, "docker-archive:app.tar", v1.Platform{}, ociImage, amd64)
	p.state.Entries[0].Unavailable = []v1.Descriptor{{Platform: &arm64}, {Platform: &v1.Platform{OS: "linux", Architecture: "s390x"}}}
	if p.plan(t, Options{Strict: true, Platforms: []v1.Platform{amd64}}); len(p.notes) > 0 {
		t.Errorf("notes %q", p.notes)
	}
	_, _, err := Push(p.spec, p.state, Options{Strict: true, Platforms: []v1.Platform{amd64, arm64}})
	if want := "lists images for linux/arm64, but the archive does not contain them"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

// What is left is Docker's, so the index is too.
func TestPlanDropAttestations(t *testing.T) {
	p := newPlanned(t)
	amd64 := platform(t, "linux/amd64")
	p.add(t, "example.com/other:amd64", v1.Platform{}, dockerImage, amd64)
	p.attest()
	plan := p.plan(t, Options{DropAttestations: true})
	if len(plan.Entries) != 1 || plan.Entries[0].IsAttached() || plan.Index.MediaType != types.DockerManifestList {
		t.Errorf("a %s of %+v", plan.Index.MediaType, plan.Entries)
	}
	if plan = p.plan(t, Options{}); len(plan.Entries) != 2 {
		t.Errorf("without the option, %+v", plan.Entries)
	}
}

func TestPlanCopiesAndMoves(t *testing.T) {
	p := newPlanned(t)
	p.spec.Targets[0].Tags = []string{"1.0", "latest", "new"}
	amd64, arm64 := platform(t, "linux/amd64"), platform(t, "linux/arm64")
	here := p.add(t, "example.com/app:amd64", amd64, ociImage, amd64)
	there := p.add(t, "example.com/arm64:1", arm64, ociImage, arm64)
	p.state.Targets[0].Present[here.Descriptor.Digest] = true
	first := p.plan(t, Options{})
	old := registry.DigestOf([]byte("old"))
	p.state.Targets[0].Tags = map[string]v1.Hash{"1.0": first.Index.Digest, "latest": old}

	plan := p.plan(t, Options{})
	if plan.Entries[0].Copy || !plan.Entries[1].Copy || plan.Entries[1].From != there.Place {
		t.Errorf("copies are not what the target lacks: %+v", plan.Entries)
	}
	want := []TagUpdate{
		{Tag: "1.0", From: first.Index.Digest, To: first.Index.Digest},
		{Tag: "latest", From: old, To: first.Index.Digest, Needed: true},
		{Tag: "new", To: first.Index.Digest, Needed: true},
	}
	if diff := cmp.Diff(want, plan.TagUpdates); diff != "" {
		t.Errorf("moves (-want +got):\n%s", diff)
	}
	p.state.Targets[0].Present[there.Descriptor.Digest] = true
	if plan = p.plan(t, Options{}); plan.Entries[1].Copy {
		t.Error("what the target holds is copied")
	}
	plan = p.plan(t, Options{Force: true})
	if plan.Entries[0].Copy || !plan.Entries[1].Copy || !plan.TagUpdates[0].Needed {
		t.Errorf("Force does not write everything that can be written: %+v %+v", plan.Entries, plan.TagUpdates)
	}
}

// A config may name features that the index does not: that is no contradiction.
func TestPlanFeaturesOfConfig(t *testing.T) {
	p := newPlanned(t)
	image := p.add(t, "example.com/app:w", platform(t, "windows/amd64"), dockerImage, platform(t, "windows/amd64:10.0.1"))
	image.Config.OSFeatures = []string{"win32k"}
	p.spec.Entries[0].Platform.OSFeatures = []string{"other"}
	if p.plan(t, Options{Strict: true}); len(p.notes) > 0 {
		t.Errorf("notes %q", p.notes)
	}
}

// A single image for two architectures is refused if its config denies one of them.
func TestPlanRepeatedImage(t *testing.T) {
	for name, test := range map[string]struct {
		first, second, config string
		isIndex               bool
		template              string
		options               Options
		refused, says         string
	}{
		"denied":               {"linux/amd64", "linux/arm64", "linux/amd64", false, "", Options{}, string(WrongPlatform), "app:a is listed for both linux/amd64 and linux/arm64"},
		"denied, the first":    {"linux/amd64", "linux/arm64", "linux/arm64", false, "", Options{}, string(WrongPlatform), "but the image is for linux/arm64"},
		"another os":           {"linux/amd64", "windows/amd64", "linux/amd64", false, "", Options{}, string(WrongPlatform), "linux/amd64 and windows/amd64"},
		"allowed":              {"linux/amd64", "linux/arm64", "linux/amd64", false, "", Options{AllowMismatch: true}, "", "app:a is listed for both"},
		"of an index":          {"linux/amd64", "linux/arm64", "linux/amd64", true, "", Options{}, "", "app:a is listed for both"},
		"variants":             {"linux/arm/v6", "linux/arm/v7", "linux/arm/v6", false, "", Options{}, "", "app:a is listed for both"},
		"a config of nothing":  {"linux/amd64", "linux/arm64", "", false, "", Options{}, "", "app:a is listed for both"},
		"a template":           {"linux/amd64", "linux/arm64", "linux/amd64", false, "app:a", Options{}, string(WrongTemplate), "the template app:a names one image for linux/amd64 and for linux/arm64"},
		"a template, allowed":  {"linux/arm/v6", "linux/arm/v7", "linux/arm", false, "app:a", Options{}, "", "the template app:a names one image for"},
		"a template, an index": {"linux/amd64", "linux/arm64", "linux/amd64", true, "app:a", Options{}, "", "app:a is listed for both"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlanned(t)
			var config v1.Platform
			if test.config != "" {
				config = platform(t, test.config)
			}
			for _, word := range []string{test.first, test.second} {
				p.add(t, "example.com/app:a", platform(t, word), ociImage, config)
				p.state.Entries[len(p.state.Entries)-1].IsIndex = test.isIndex
			}
			p.spec.Template = test.template
			_, notes, err := Push(p.spec, p.state, test.options)
			var refused *ReasonError
			errors.As(err, &refused)
			switch {
			case (refused != nil) != (test.refused != "") || err != nil && refused == nil:
				t.Fatalf("error %v, notes %q", err, notes)
			case refused != nil && (string(refused.Reason) != test.refused || !errors.Is(err, registry.ErrUnverified)):
				t.Errorf("refused: %s: %v", refused.Reason, err)
			}
			if all := fmt.Sprint(notes, err); !strings.Contains(all, test.says) {
				t.Errorf("%s does not say %q", all, test.says)
			}
		})
	}
}

// Two names that hold one image are no fault of a template: one of the builds has made an image for the wrong platform.
func TestPlanSameImage(t *testing.T) {
	for name, test := range map[string]struct {
		first, second, config string
		options               Options
		refused, says         string
	}{
		"the second": {"linux/amd64", "linux/arm64", "linux/amd64", Options{}, string(SameImage), "which is for linux/amd64: the build for linux/arm64 has probably built for linux/amd64"},
		"the first":  {"linux/amd64", "linux/arm64", "linux/arm64", Options{}, string(SameImage), "the build for linux/amd64 has probably built for linux/arm64"},
		"allowed":    {"linux/amd64", "linux/arm64", "linux/amd64", Options{AllowMismatch: true}, "", "which is listed for linux/amd64 and for linux/arm64 (sha256:"},
		"variants":   {"linux/arm/v6", "linux/arm/v7", "linux/arm/v6", Options{}, "", "which is listed for linux/arm/v6 and for linux/arm/v7 (sha256:"},
	} {
		for _, template := range []string{"", "app:ARCH"} {
			t.Run(name+template, func(t *testing.T) {
				p := newPlanned(t)
				p.add(t, "example.com/app:a", platform(t, test.first), ociImage, platform(t, test.config))
				p.add(t, "example.com/app:a", platform(t, test.second), ociImage, platform(t, test.config))
				p.spec.Entries[1].Source = at(t, "example.com/app:b")
				p.spec.Template = template
				_, notes, err := Push(p.spec, p.state, test.options)
				var refused *ReasonError
				if errors.As(err, &refused); (refused != nil) != (test.refused != "") || refused != nil && string(refused.Reason) != test.refused {
					t.Errorf("error %v", err)
				}
				all := fmt.Sprint(notes, err)
				if !strings.Contains(all, "example.com/app:a and example.com/app:b hold the same image") || !strings.Contains(all, test.says) {
					t.Errorf("%s does not say %q", all, test.says)
				}
			})
		}
	}
}

func TestPlanNotes(t *testing.T) {
	p := newPlanned(t)
	amd64, arm64 := platform(t, "linux/amd64"), platform(t, "linux/arm64")
	p.add(t, "example.com/app:a", amd64, ociImage, amd64)
	p.add(t, "example.com/app:a", arm64, ociImage, amd64)
	p.add(t, "example.com/app:gone", amd64, ociImage, amd64)
	p.state.Entries[2] = ResolvedEntry{Missing: registry.ErrNotFound}
	plan := p.plan(t, Options{IgnoreMissing: true, AllowMismatch: true})
	got := strings.Join(p.notes, "\n")
	for _, want := range []string{
		"skipped (--ignore-missing): not found",
		"example.com/app:a is listed for linux/arm64, but its config says linux/amd64",
		"example.com/app:a is listed for both linux/amd64 and linux/arm64",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no note says %q:\n%s", want, got)
		}
	}
	if diff := cmp.Diff([]string{"example.com/app:gone"}, plan.Skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}
