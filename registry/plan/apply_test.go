package plan

import (
	"errors"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// savedPlan is a plan for example.com/app with an image from elsewhere and one that the target holds.
func savedPlan(t *testing.T) Plan {
	t.Helper()
	digest := func(text string) v1.Hash { return registry.DigestOf([]byte(text)) }
	entry := func(text, from string, copied bool) Entry {
		e := Entry{Source: from, From: at(t, from).Place, Copy: copied, Blobs: []v1.Descriptor{{Digest: digest("layer"), Size: 10}, {Digest: digest("config of " + text), Size: 1}}}
		e.Descriptor.Digest, e.Kind, e.Platform = digest(text), index.Image, platform(t, "linux/"+text)
		return e
	}
	return Plan{
		Target:  at(t, "example.com/app").Place,
		Index:   registry.Manifest{Digest: digest("index")},
		Entries: []Entry{entry("amd64", "other.example/app:1", true), entry("arm64", "example.com/build:1", false)},
		TagUpdates: []TagUpdate{
			{Tag: "1.0", From: digest("old"), To: digest("index"), Needed: true},
			{Tag: "new", To: digest("index"), Needed: true},
		},
	}
}

// targetOf is what the target held when the plan was made.
func targetOf(p Plan) TargetState {
	s := NewTargetState()
	s.Tags["1.0"] = p.TagUpdates[0].From
	s.Present[p.Entries[1].Descriptor.Digest] = true
	return s
}

func TestApply(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Plan, *TargetState)
		want   string // "" for a plan; then copies and needed tags
		left   string
	}{
		"as it was": {func(*Plan, *TargetState) {}, "", "amd64 1.0 new"},
		"done": {func(p *Plan, s *TargetState) {
			s.Tags["1.0"], s.Tags["new"], s.Present[p.Entries[0].Descriptor.Digest] = p.Index.Digest, p.Index.Digest, true
		}, "", ""},
		"half done": {func(p *Plan, s *TargetState) { s.Tags["1.0"] = p.Index.Digest }, "", "amd64 new"},
		"force": {func(p *Plan, s *TargetState) {
			p.Force, p.Entries[1].Copy = true, true
			s.Tags["1.0"], s.Tags["new"], s.Present[p.Entries[0].Descriptor.Digest] = p.Index.Digest, p.Index.Digest, true
		}, "", "amd64 arm64 1.0 new"},
		"moved": {func(_ *Plan, s *TargetState) { s.Tags["1.0"] = registry.DigestOf(nil) },
			"example.com/app:1.0 holds sha256:e3b0", ""},
		"created":  {func(_ *Plan, s *TargetState) { s.Tags["new"] = registry.DigestOf(nil) }, "but the tag did not exist when the plan was made", ""},
		"removed":  {func(_ *Plan, s *TargetState) { delete(s.Tags, "1.0") }, "example.com/app:1.0 does not exist any more", ""},
		"gone":     {func(p *Plan, s *TargetState) { delete(s.Present, p.Entries[1].Descriptor.Digest) }, "@" + registry.DigestOf([]byte("arm64")).String() + " does not exist any more", ""},
		"all gone": {func(_ *Plan, s *TargetState) { *s = NewTargetState() }, "2 things have changed since the plan was made\n", ""},
		"unread":   {func(_ *Plan, s *TargetState) { s.Err = registry.ErrDenied }, "access denied", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := savedPlan(t)
			state := targetOf(p)
			c.change(&p, &state)
			plans, err := Apply([]TargetPlan{{Plan: p}}, State{Targets: []TargetState{state}}, Options{})
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("got %v, want %s", err, c.want)
				}
				if stale := (*StaleError)(nil); name != "unread" && (!errors.As(err, &stale) || !errors.Is(err, registry.ErrRefused)) {
					t.Errorf("%T", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var left []string
			for _, e := range plans[0].Entries {
				if e.Copy {
					left = append(left, e.Platform.Architecture)
				}
			}
			for _, u := range plans[0].TagUpdates {
				if !u.Pinned {
					t.Errorf("%s is not pinned", u.Tag)
				}
				if u.Needed {
					left = append(left, u.Tag)
				}
			}
			if got := strings.Join(left, " "); got != c.left {
				t.Errorf("left: %q, want %q", got, c.left)
			}
		})
	}
}

// TestApplySeveral goes on where another target cannot be read, and stops where another target is out of date.
func TestApplySeveral(t *testing.T) {
	one, two := savedPlan(t), savedPlan(t)
	two.Target = at(t, "third.example/app").Place
	saved := []TargetPlan{{Plan: one}, {Plan: two}}
	unread, stale := NewTargetState(), targetOf(two)
	unread.Err, stale.Tags["1.0"] = registry.ErrDenied, registry.DigestOf(nil)
	plans, err := Apply(saved, State{Targets: []TargetState{targetOf(one), unread}}, Options{})
	if err != nil || plans[0].Err != nil || !errors.Is(plans[1].Err, registry.ErrDenied) {
		t.Errorf("%v, %v", plans, err)
	}
	if _, err := Apply(saved, State{Targets: []TargetState{targetOf(one), unread}}, Options{FailFast: true}); !errors.Is(err, registry.ErrDenied) {
		t.Error(err)
	}
	if _, err := Apply(saved, State{Targets: []TargetState{targetOf(one), stale}}, Options{}); !errors.Is(err, registry.ErrRefused) {
		t.Error(err)
	}
}

func TestEstimate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Plan)
		want   Estimate
	}{
		// 2 tags, 2 manifests, 1 copy of 2 blobs, 2 tags to set
		"streamed":                       {func(*Plan) {}, Estimate{Range{2 + 2 + 2 + 2 + 2*3, 2 + 2 + 4 + 2*4 + 2*5 + 3}, Range{0, 11}}},
		"mounted":                        {func(p *Plan) { p.Entries[0].From = p.Entries[1].From }, Estimate{Range{14, 31}, Range{0, 11}}},
		"two copies with a shared layer": {func(p *Plan) { p.Entries[1].Copy = true }, Estimate{Range{17, 40}, Range{0, 12}}},
		"force":                          {func(p *Plan) { p.Force = true }, Estimate{Range{2 + 2 + 2 + 2*3 + 2*3, 2 + 2 + 4 + 2*3 + 2*5 + 3}, Range{11, 11}}},
		"unchanged": {func(p *Plan) {
			p.Entries[0].Copy, p.TagUpdates[0].Needed, p.TagUpdates[1].Needed = false, false, false
		}, Estimate{Range{4, 7}, Range{}}},
		"on disk": {func(p *Plan) {
			p.Target = spec.Place{Kind: spec.OCILayout, Path: "out"}
		}, Estimate{Range{1, 2 + 2}, Range{0, 11}}},
		"by digest": {func(p *Plan) { p.TagUpdates = nil }, Estimate{Range{2 + 2 + 2 + 1, 2 + 4 + 8 + 3}, Range{0, 11}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := savedPlan(t)
			c.change(&p)
			if got := p.Estimate(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestCheck compares a manifest with what a plan says about it.
func TestCheck(t *testing.T) {
	subject := registry.DigestOf([]byte("subject"))
	blob := v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: registry.DigestOf([]byte("config")), Size: 6}
	m := registry.NewManifest(types.OCIManifestSchema1, registry.MustCompactJSON(map[string]any{"config": blob, "layers": []v1.Descriptor{}, "subject": v1.Descriptor{Digest: subject}}))
	right := Entry{Blobs: []v1.Descriptor{blob}, RefersTo: subject}
	right.Descriptor = m.Descriptor()
	if err := right.Check(m); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Entry){
		"size":         func(e *Entry) { e.Descriptor.Size++ },
		"media type":   func(e *Entry) { e.Descriptor.MediaType = types.DockerManifestSchema2 },
		"no blob":      func(e *Entry) { e.Blobs = nil },
		"more blobs":   func(e *Entry) { e.Blobs = append(e.Blobs, blob) },
		"a small blob": func(e *Entry) { e.Blobs = []v1.Descriptor{{MediaType: blob.MediaType, Digest: blob.Digest, Size: 1}} },
		"subject":      func(e *Entry) { e.RefersTo = m.Digest },
	} {
		wrong := right
		change(&wrong)
		if err := wrong.Check(m); !errors.Is(err, registry.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
