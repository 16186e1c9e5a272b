package push_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// TestPin: what is pinned says more, and makes the same index, also when the tags have moved.
func TestPin(t *testing.T) {
	arm := func(seed, variant string) registrytest.Artifact {
		return registrytest.Image{Architecture: "arm64", Variant: variant, Seed: seed}.Build()
	}
	windows := func(version string) registrytest.Artifact {
		return registrytest.Image{OS: "windows", Architecture: "amd64", OSVersion: version}.Build()
	}
	for name, test := range map[string]struct {
		source registrytest.Artifact
		want   string // the platforms of the lines
	}{
		"an image":                        {image("arm64"), "linux/arm64"},
		"an image with its attestation":   {registrytest.Attested(image("arm64")), "linux/arm64"},
		"an index":                        {registrytest.Index(false, image("arm64"), image("s390x")), "linux/arm64 linux/s390x"},
		"several versions of Windows":     {registrytest.Index(false, windows("10.0.1"), windows("10.0.2")), "windows/amd64:10.0.1 windows/amd64:10.0.2"},
		"two images for one platform":     {registrytest.Index(false, arm("a", ""), arm("b", "v8")), "linux/arm64"},
		"an architecture that nobody has": {registrytest.Index(false, image("arm64"), image("pdp11")), ""},
		"a Docker list":                   {registrytest.Index(true, image("arm64"), image("s390x")), "linux/arm64 linux/s390x"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			s := target("1.0")
			s.Entries = []spec.Entry{w.add(t, "example.com/other:1", test.source), w.add(t, "example.com/app:amd64", image("amd64"))}
			want := planned(t, w, s, plan.Options{}).Index

			state, err := resolve.Push(context.Background(), w, s, plan.Options{})
			if err != nil {
				t.Fatal(err)
			}
			pinned, err := plan.Pin(s, state)
			if err != nil {
				t.Fatal(err)
			}
			var platforms []string
			for _, e := range pinned.Entries[:len(pinned.Entries)-1] {
				if e.Source.Tag != "1" || e.Source.Digest.String() != test.source.Digest {
					t.Errorf("pinned to %s", e.Source)
				}
				if platform := e.Platform.String(); platform != "" {
					platforms = append(platforms, platform)
				}
			}
			if got := strings.Join(platforms, " "); got != test.want {
				t.Errorf("lines for %q, not %q", got, test.want)
			}
			if shifts, err := resolve.TagDrifts(context.Background(), w, pinned); err != nil || len(shifts) > 0 {
				t.Errorf("it has moved: %v %v", shifts, err)
			}
			w.add(t, "example.com/other:1", image("386"))
			if got := planned(t, w, pinned, plan.Options{}).Index; got.Digest != want.Digest {
				t.Errorf("what is pinned makes\n%s\nnot\n%s", got.Bytes, want.Bytes)
			}
			shifts, err := resolve.TagDrifts(context.Background(), w, pinned)
			if err != nil || len(shifts) != 1 || shifts[0].Source.Tag != "1" || shifts[0].Now.String() != image("386").Digest {
				t.Errorf("moved: %v %v", shifts, err)
			}
		})
	}
}

// TestPinAgain: an image that an index brings too is one line, as it is one image in the plan.
func TestPinAgain(t *testing.T) {
	index := registrytest.Index(false, image("arm64"), image("s390x"))
	odd := registrytest.Index(false, image("arm64"), image("pdp11"))
	for name, test := range map[string]struct {
		sources []registrytest.Artifact
		lines   int
	}{
		"an index and what is in it":     {[]registrytest.Artifact{index, image("arm64"), image("amd64")}, 3},
		"the other way round":            {[]registrytest.Artifact{image("arm64"), index}, 2},
		"an index that is one line":      {[]registrytest.Artifact{odd, image("arm64")}, 1},
		"after one of what is in it":     {[]registrytest.Artifact{image("arm64"), odd}, 2},
		"two indexes with one in common": {[]registrytest.Artifact{index, registrytest.Index(false, image("arm64"), image("386"))}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			s := target("1.0")
			for i, source := range test.sources {
				s.Entries = append(s.Entries, w.add(t, fmt.Sprintf("example.com/app:%d", i), source))
			}
			want := planned(t, w, s, plan.Options{}).Index
			state, err := resolve.Push(t.Context(), w, s, plan.Options{})
			if err != nil {
				t.Fatal(err)
			}
			pinned, err := plan.Pin(s, state)
			if err != nil || len(pinned.Entries) != test.lines {
				t.Fatalf("%v %v", pinned.Entries, err)
			}
			if got := planned(t, w, pinned, plan.Options{}).Index; got.Digest != want.Digest {
				t.Errorf("what is pinned makes\n%s\nnot\n%s", got.Bytes, want.Bytes)
			}
		})
	}
}

func TestPinMissing(t *testing.T) {
	w := &world{}
	s := target("1.0")
	s.Entries = []spec.Entry{w.add(t, "example.com/app:amd64", image("amd64"))}
	gone := s.Entries[0]
	gone.Source.Tag = "gone"
	s.Entries = append(s.Entries, gone)
	state, err := resolve.Push(context.Background(), w, s, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Pin(s, state); !errors.Is(err, registry.ErrNotFound) || !strings.Contains(err.Error(), "app:gone") {
		t.Errorf("Pin: %v", err)
	}
}

// TestPinDigest: who names a digest means it, whatever the tag beside it holds.
func TestPinDigest(t *testing.T) {
	w := &world{}
	s := target("1.0")
	s.Entries = []spec.Entry{w.add(t, "example.com/app:amd64", image("amd64"))}
	digest, err := v1.NewHash(image("amd64").Digest)
	if err != nil {
		t.Fatal(err)
	}
	s.Entries[0].Source.Digest = digest
	w.add(t, "example.com/app:amd64", image("arm64"))
	state, err := resolve.Push(context.Background(), w, s, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pinned, err := plan.Pin(s, state)
	if err != nil || pinned.Entries[0].Source.Tag != "" || pinned.Entries[0].Source.Digest != digest {
		t.Errorf("pinned to %v, %v", pinned.Entries, err)
	}
}

func TestShifts(t *testing.T) {
	w := &world{}
	s := target("1.0")
	e := w.add(t, "example.com/app:amd64", image("amd64"))
	e.Source.Digest, _ = v1.NewHash(image("amd64").Digest)
	s.Entries = []spec.Entry{e, e, {Source: spec.Reference{Place: e.Source.Place, Tag: "untold"}}, {Source: spec.Reference{Place: e.Source.Place, Digest: e.Source.Digest}}}
	s.Entries[0].Source.Tag = "gone"
	shifts, err := resolve.TagDrifts(context.Background(), w, s)
	if err != nil || len(shifts) != 1 || shifts[0].Source.Tag != "gone" || shifts[0].Now != (v1.Hash{}) {
		t.Errorf("Shifts: %v %v", shifts, err)
	}
	w.describe = func(registry.Ref, v1.Descriptor, error) (v1.Descriptor, error) {
		return v1.Descriptor{}, registry.Errorf(registry.ErrDenied, "no")
	}
	if _, err := resolve.TagDrifts(context.Background(), w, s); !errors.Is(err, registry.ErrDenied) || !strings.Contains(err.Error(), "read example.com/app:") {
		t.Errorf("Shifts: %v", err)
	}
}
