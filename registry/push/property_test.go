package push_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

var shapes = sync.OnceValue(registrytest.Shapes)

// randomIndex is an index of images in groups, with attestations, companions, artifacts and, if wanted, an index
// within. What belongs to an image may stand anywhere.
func randomIndex(r *rand.Rand, withNested bool) registrytest.Artifact {
	var children []registrytest.Artifact
	platforms := []registrytest.Image{
		{}, {Variant: "v2"}, {Architecture: "arm64"}, {Architecture: "arm64", Variant: "v9"}, {Architecture: "arm", Variant: "v6"},
		{Architecture: "s390x"}, {OS: "windows", OSVersion: "10.0.17763.1"}, {OS: "windows", OSVersion: "10.0.20348.1"},
	}
	for _, k := range r.Perm(len(platforms))[:1+r.IntN(4)] {
		for n := range 1 + r.IntN(2) {
			image := platforms[k]
			image.Seed = fmt.Sprint(n)
			built := image.Build()
			if n > 0 || r.IntN(4) == 0 {
				built.Annotations = map[string]string{"org.example.copy": fmt.Sprint(n), "b": "<&>", "a": ""}
			}
			if r.IntN(5) == 0 {
				built.Platform.OSFeatures = []string{"z", "a"}
			}
			children = append(children, built)
			if r.IntN(2) == 0 {
				children = append(children, registrytest.Attested(built).Children[1])
			}
		}
	}
	for _, name := range []string{"sbom", "disk", "soci", "chart"} {
		if r.IntN(4) == 0 {
			children = append(children, shapes()[name].Children...)
			break
		}
	}
	if withNested && r.IntN(2) == 0 {
		children = append(children, registrytest.Index(false, registrytest.Image{Seed: "nested"}.Build()))
	}
	r.Shuffle(len(children), func(i, k int) { children[i], children[k] = children[k], children[i] })
	return registrytest.Index(false, onceEach(children)...)
}

// onceEach leaves out what repeats a digest.
func onceEach(children []registrytest.Artifact) []registrytest.Artifact {
	seen := map[string]bool{}
	return slices.DeleteFunc(children, func(a registrytest.Artifact) bool {
		again := seen[a.Digest]
		seen[a.Digest] = true
		return again
	})
}

// edited changes the index under example.com/app:1.0, and returns its bytes then.
func (w *world) edited(t *testing.T, args spec.EditArgs) string {
	t.Helper()
	args.Index = "example.com/app:1.0"
	e, err := spec.ParseEdit(args, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	state, err := resolve.Edit(t.Context(), w, e, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plans, _, err := plan.Edit(e, state, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := push.Do(t.Context(), w, plans[0].Plan, push.Options{}); err != nil {
		t.Fatal(err)
	}
	return w.bytesOf(t, args.Index)
}

func (w *world) bytesOf(t *testing.T, name string) string {
	t.Helper()
	ref, err := spec.ParseReference(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := w.memory(ref.Place).Manifest(t.Context(), registry.Ref{Tag: ref.Tag})
	if err != nil {
		t.Fatal(err)
	}
	return string(m.Bytes)
}

// eachRandomIndex runs a test with many indexes. The seed in the name of a test makes its index again.
func eachRandomIndex(t *testing.T, withNested bool, test func(t *testing.T, w *world, source registrytest.Artifact)) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test(t, &world{}, randomIndex(rand.New(rand.NewPCG(seed, 0)), withNested))
			})
		})
	}
}

// An addition that is removed again leaves the bytes of the index that was there.
func TestEditAddRemove(t *testing.T) {
	eachRandomIndex(t, true, func(t *testing.T, w *world, source registrytest.Artifact) {
		w.add(t, "example.com/app:1.0", source)
		w.add(t, "example.com/new:riscv64", registrytest.Attested(image("riscv64")))
		before := w.bytesOf(t, "example.com/app:1.0")
		added := w.edited(t, spec.EditArgs{Add: []string{"example.com/new:riscv64"}})
		if added == before {
			t.Error("nothing was added")
		}
		if again := w.edited(t, spec.EditArgs{Add: []string{"example.com/new:riscv64"}}); again != added {
			t.Errorf("an addition that is there already makes of %s\n%s", added, again)
		}
		if after := w.edited(t, spec.EditArgs{Remove: []string{"linux/riscv64"}}); after != before {
			t.Errorf("%s becomes\n%s", before, after)
		}
	})
}

// A copy has the same bytes.
func TestCopyKeepsBytes(t *testing.T) {
	eachRandomIndex(t, true, func(t *testing.T, w *world, source registrytest.Artifact) {
		entry := w.add(t, "example.com/other:1.0", source)
		if _, err := w.copied(t, entry, plan.Options{}); err != nil {
			t.Fatal(err)
		}
		if got := w.bytesOf(t, "example.com/app:1.0"); got != string(source.Manifest) {
			t.Errorf("%s becomes\n%s", source.Manifest, got)
		}
	})
}

// An index that is the only source of a push keeps its entries: their order, kinds, and all their fields. An
// entry may get the artifactType of its manifest.
func TestPushOfIndexAlone(t *testing.T) {
	eachRandomIndex(t, false, func(t *testing.T, w *world, source registrytest.Artifact) {
		s := target("1.0")
		s.Entries = []spec.Entry{w.add(t, "example.com/other:1.0", source)}
		if _, err := w.do(t.Context(), s, plan.Options{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fieldsOf(t, string(source.Manifest)), fieldsOf(t, w.bytesOf(t, "example.com/app:1.0"))); diff != "" {
			t.Error(diff)
		}
	})
}

// fieldsOf are the entries of an index, each with its kind and all fields.
func fieldsOf(t *testing.T, raw string) []map[string]any {
	t.Helper()
	x, err := index.Parse(registry.NewManifest(types.OCIImageIndex, []byte(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var entries []map[string]any
	for _, e := range x.Entries {
		fields := map[string]any{}
		if err := json.Unmarshal(e.Raw, &fields); err != nil {
			t.Fatal(err)
		}
		if delete(fields, "artifactType"); e.Kind != index.Artifact && e.Kind != index.Image {
			fields["kind"], fields["subject"] = e.Kind, e.Subject
		}
		entries = append(entries, fields)
	}
	return entries
}
