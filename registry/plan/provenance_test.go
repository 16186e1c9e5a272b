package plan

import (
	"bytes"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/attest"
	"github.com/manifest-tool/manifest-tool/spec"
)

// attestedPush is a case with two sources, of which one is an index whose arm64 image is taken.
func attestedPush(t *testing.T) *planned {
	p := newPlanned(t)
	p.add(t, "example.com/build:amd64", v1.Platform{}, ociImage, platform(t, "linux/amd64"))
	p.add(t, "oci-layout:/home/user/build:arm64", platform(t, "linux/arm64"), ociImage, platform(t, "linux/arm64"))
	for i := range p.state.Entries {
		p.state.Entries[i].Digest = p.state.Entries[i].Nodes[0].Descriptor.Digest
	}
	return p
}

func statementOf(t *testing.T, p TargetPlan) string {
	t.Helper()
	made := p.Provenance()
	if made == nil {
		t.Fatal("the plan has no provenance")
	}
	return string(made.Made.Statement())
}

var ci = &attest.Builder{ID: "https://ci.example/builder"}

// The provenance names the sources by the digests that were found. It does not change the index, and it does not depend
// on what the target holds.
func TestProvenance(t *testing.T) {
	p := attestedPush(t)
	plain, attested := p.plan(t, Options{}), p.plan(t, Options{Attest: ci})
	if plain.Provenance() != nil || plain.Index.Digest != attested.Index.Digest {
		t.Errorf("the provenance changes the index")
	}
	statement := statementOf(t, attested)
	for _, want := range []string{
		`"subject":[{"name":"example.com/app","digest":{"sha256":"` + attested.Index.Digest.Hex + `"}}]`,
		`{"uri":"pkg:docker/example.com/build@amd64","digest":{"sha256":"` + p.state.Entries[0].Digest.Hex + `"}}`,
		`{"name":"oci-layout:build:arm64","digest":{"sha256":"` + p.state.Entries[1].Digest.Hex + `"}}`,
		`"builder":{"id":"https://ci.example/builder"}`,
		`{"image":"oci-layout:build:arm64","platform":"linux/arm64"}`,
	} {
		if !strings.Contains(statement, want) {
			t.Errorf("no %s in %s", want, statement)
		}
	}
	if strings.Contains(statement, "home") {
		t.Errorf("the statement shows a folder: %s", statement)
	}
	made := attested.Provenance()
	if !made.Needed || made.Subject != attested.Index.Digest || made.RefersTo != attested.Index.Digest {
		t.Errorf("the referrer is %+v", made)
	}
	p.state.Targets[0].Tags["1.0"] = registry.DigestOf([]byte("old"))
	p.state.Targets[0].Present[made.Descriptor.Digest] = true
	p.state.Targets[0].Listed = map[ReferrerKey]bool{{attested.Index.Digest, made.Descriptor.Digest}: true}
	again := p.plan(t, Options{Attest: ci})
	if again.Provenance().Needed || statementOf(t, again) != statement {
		t.Errorf("again, with another content of the target:\n%s", statementOf(t, again))
	}
	p.state.Targets[0].Listed = nil
	if unlisted := p.plan(t, Options{Attest: ci}); !unlisted.Provenance().Needed {
		t.Error("a referrer that is stored, but not listed, is not written again")
	}
	roundTrip(t, attested.Plan)
}

// Each target has a provenance of its own. What a source has lost, or what is left out, is no source.
func TestProvenanceOfTargets(t *testing.T) {
	p := attestedPush(t)
	p.spec.Targets = append(p.spec.Targets, spec.Target{Place: at(t, "oci-layout:out").Place, Tags: []string{"1.0"}})
	p.state.Targets = append(p.state.Targets, NewTargetState())
	p.state.Entries[1] = ResolvedEntry{Missing: registry.ErrNotFound}
	plans, _, err := Push(p.spec, p.state, Options{Attest: ci, IgnoreMissing: true, RecordSources: true})
	if err != nil {
		t.Fatal(err)
	}
	first, second := statementOf(t, plans[0]), statementOf(t, plans[1])
	if !strings.Contains(first, `"name":"example.com/app"`) || !strings.Contains(second, `"subject":[{"name":"_"`) {
		t.Errorf("the subjects are those of other targets:\n%s\n%s", first, second)
	}
	if !strings.Contains(first, `"ignoreMissing":true,"recordSources":true`) || strings.Contains(first, `{"name":"oci-layout:build:arm64"`) {
		t.Errorf("a missing source is a dependency: %s", first)
	}
}

// An image that the target keeps is a source by its own digest: the index of the target is that of the last run.
func TestProvenanceOfKeptImage(t *testing.T) {
	p := attestedPush(t)
	p.spec.KeepMissing = true
	p.state.Entries[0].Kept = registry.ErrNotFound
	p.state.Entries[0].Nodes[0].Place = p.spec.Targets[0].Place
	p.state.Entries[0].Digest = registry.DigestOf([]byte("index of the target"))
	statement := []byte(statementOf(t, p.plan(t, Options{Attest: ci})))
	if bytes.Contains(statement, []byte(p.state.Entries[0].Digest.Hex)) || !bytes.Contains(statement, []byte(`{"uri":"pkg:docker/example.com/app?digest=sha256:`)) {
		t.Errorf("the sources are others:\n%s", statement)
	}
}
