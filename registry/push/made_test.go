package push_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/attest"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// attested plans a push with provenance, as a plan that was written to a file and read back.
func (w *world) attested(t *testing.T, e spec.Entry) plan.TargetPlan {
	t.Helper()
	s, o := target("1.0"), plan.Options{Attest: &attest.Builder{ID: "https://ci.example"}}
	s.Entries = []spec.Entry{e}
	state, err := resolve.Push(t.Context(), w, s, o)
	if err != nil {
		t.Fatal(err)
	}
	var again plan.TargetPlan
	for range 2 {
		plans, _, err := plan.Push(s, state, o)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(plans[0].Plan)
		if err == nil {
			again = plan.TargetPlan{}
			err = json.Unmarshal(raw, &again.Plan)
		}
		if err == nil {
			state, err = resolve.Made(t.Context(), w, s, state, plans)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return again
}

// The provenance is stored and listed before the tag is there, and a second push writes nothing.
func TestProvenanceComesBeforeTheTag(t *testing.T) {
	w := &world{}
	e := w.add(t, "example.com/dev/app:1.0", registrytest.Index(false, image("amd64"), image("arm64")))
	pl := w.attested(t, e)
	made := pl.Provenance()
	if _, err := push.Do(t.Context(), w, pl.Plan, push.Options{}); err != nil {
		t.Fatal(err)
	}
	list := registry.ReferrersTag(pl.Index.Digest)
	var at []int
	for _, write := range []string{pl.Index.Digest.String(), made.Descriptor.Digest.String(), list, "1.0"} {
		at = append(at, slices.Index(w.writes, write))
	}
	if !slices.IsSorted(at) || at[0] < 0 || w.writes[len(w.writes)-1] != "1.0" {
		t.Errorf("the order of the writes is %q", w.writes)
	}
	w.writes = nil
	again := w.attested(t, e)
	if _, err := push.Do(t.Context(), w, again.Plan, push.Options{}); err != nil || len(w.writes) > 0 {
		t.Errorf("again, it writes %q, %v", w.writes, err)
	}
}

// A plan from a file may hold other bytes than its digests say.
func TestChangedProvenance(t *testing.T) {
	for name, change := range map[string]func(*attest.Referrer){
		"manifest":  func(r *attest.Referrer) { r.Manifest.Bytes = []byte(`{"schemaVersion":2}`) },
		"statement": func(r *attest.Referrer) { r.Contents[1] = slices.Clone(r.Contents[1]); r.Contents[1][0] = '[' },
		"lost":      func(r *attest.Referrer) { r.Contents = nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			pl := w.attested(t, w.add(t, "example.com/dev/app:1.0", registrytest.Index(false, image("amd64"))))
			change(pl.Provenance().Made)
			_, err := push.Do(t.Context(), w, pl.Plan, push.Options{})
			if !errors.Is(err, registry.ErrUnverified) || slices.Contains(w.writes, "1.0") {
				t.Errorf("%v, after the writes %q", err, w.writes)
			}
		})
	}
}
