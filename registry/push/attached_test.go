package push_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

func attestationOf(image registrytest.Artifact) registrytest.Artifact {
	return registrytest.Attested(image).Children[1]
}

func hashOf(t *testing.T, a registrytest.Artifact) v1.Hash {
	t.Helper()
	digest, err := v1.NewHash(a.Digest)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// planEdit reads and plans an edit of example.com/app:1.0.
func (w *world) planEdit(t *testing.T, args spec.EditArgs, o spec.Options) (plan.Plan, error) {
	t.Helper()
	args.Index = "example.com/app:1.0"
	e, err := spec.ParseEdit(args, o)
	if err != nil {
		t.Fatal(err)
	}
	state, err := resolve.Edit(t.Context(), w, e, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plans, _, err := plan.Edit(e, state, plan.Options{})
	if err != nil {
		return plan.Plan{}, err
	}
	return plans[0].Plan, nil
}

// An attestation that stands before its image in the index that is added stays with its image, whatever stands
// before the attestation.
func TestEditAddsAttestationBeforeImage(t *testing.T) {
	amd64, arm64, old := image("amd64"), image("arm64"), registrytest.Image{Architecture: "arm64", Seed: "old"}.Build()
	for name, tt := range map[string]struct{ there, added, want []registrytest.Artifact }{
		"behind a group that stays":      {[]registrytest.Artifact{amd64, old}, []registrytest.Artifact{amd64, attestationOf(arm64), arm64}, []registrytest.Artifact{amd64, attestationOf(arm64), arm64}},
		"first":                          {[]registrytest.Artifact{old, amd64}, []registrytest.Artifact{attestationOf(arm64), arm64}, []registrytest.Artifact{attestationOf(arm64), arm64, amd64}},
		"first, of a platform to add":    {[]registrytest.Artifact{amd64}, []registrytest.Artifact{attestationOf(arm64), arm64}, []registrytest.Artifact{amd64, attestationOf(arm64), arm64}},
		"first, of an image that stays":  {[]registrytest.Artifact{arm64, amd64}, []registrytest.Artifact{attestationOf(arm64), arm64}, []registrytest.Artifact{attestationOf(arm64), arm64, amd64}},
		"that the index has":             {[]registrytest.Artifact{arm64, attestationOf(arm64), amd64}, []registrytest.Artifact{attestationOf(arm64), arm64}, []registrytest.Artifact{arm64, attestationOf(arm64), amd64}},
		"all attestations before images": {[]registrytest.Artifact{old}, []registrytest.Artifact{attestationOf(arm64), attestationOf(amd64), amd64, arm64}, []registrytest.Artifact{attestationOf(arm64), arm64, attestationOf(amd64), amd64}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			w.add(t, "example.com/app:1.0", registrytest.Index(false, tt.there...))
			w.add(t, "example.com/new:1.0", registrytest.Index(false, tt.added...))
			got := fieldsOf(t, w.edited(t, spec.EditArgs{Add: []string{"example.com/new:1.0"}}))
			var digests, want []string
			for _, fields := range got {
				digests = append(digests, fmt.Sprint(fields["digest"]))
			}
			for _, a := range tt.want {
				want = append(want, a.Digest)
			}
			if fmt.Sprint(digests) != fmt.Sprint(want) {
				t.Errorf("the index holds\n%q, want\n%q", digests, want)
			}
		})
	}
}

// --keep-missing finds the image of the target also where its attestation stands before it.
func TestKeepMissingAttestationFirst(t *testing.T) {
	w := &world{}
	amd64, arm64 := image("amd64"), image("arm64")
	w.add(t, "example.com/app:1.0", registrytest.Index(false, attestationOf(amd64), amd64, arm64))
	s := target("1.0")
	s.KeepMissing = true
	gone, err := spec.ParseReference("example.com/gone:1.0")
	if err != nil {
		t.Fatal(err)
	}
	s.Entries = []spec.Entry{{Source: gone, Platform: platformOf(t, "linux/amd64")}, w.add(t, "example.com/arm64:1.0", arm64)}
	if _, err := w.do(t.Context(), s, plan.Options{}); err != nil {
		t.Fatal(err)
	}
	if got := w.bytesOf(t, "example.com/app:1.0"); !strings.Contains(got, amd64.Digest) || !strings.Contains(got, attestationOf(amd64).Digest) {
		t.Errorf("the index is %s", got)
	}
}

// --ignore-missing leaves out what belongs to an image that is left out, and makes no index without an image.
func TestIgnoreMissingLeavesOutAttestations(t *testing.T) {
	amd64, arm64 := image("amd64"), image("arm64")
	for name, tt := range map[string]struct {
		source []registrytest.Artifact
		err    error
	}{
		"another image is there": {source: []registrytest.Artifact{amd64, attestationOf(amd64), arm64, attestationOf(arm64)}},
		"no image is there":      {source: []registrytest.Artifact{amd64, attestationOf(amd64)}, err: registry.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			w, s, o := &world{}, target("1.0"), plan.Options{IgnoreMissing: true}
			s.Entries = []spec.Entry{w.add(t, "example.com/source:1.0", registrytest.Index(false, tt.source...))}
			w.memory(s.Entries[0].Source.Place).Forget(hashOf(t, amd64))
			state, err := resolve.Push(t.Context(), w, s, o)
			if err != nil {
				t.Fatal(err)
			}
			plans, _, err := plan.Push(s, state, o)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err == nil && (len(plans[0].Entries) != 2 || plans[0].Entries[0].Descriptor.Digest != hashOf(t, arm64)) {
				t.Errorf("the index is %s", plans[0].Index.Bytes)
			}
		})
	}
}

// A source without an image makes no empty index, and an edit does not say that it added the source.
func TestSourceWithoutImage(t *testing.T) {
	w, s := &world{}, target("1.0")
	w.add(t, "example.com/app:1.0", registrytest.Index(false, image("arm64")))
	s.Entries = []spec.Entry{w.add(t, "example.com/source:1.0", registrytest.Index(false, attestationOf(image("amd64"))))}
	if _, err := w.do(t.Context(), s, plan.Options{}); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("push: %v, the index is %s", err, w.bytesOf(t, "example.com/app:1.0"))
	}
	if _, err := w.planEdit(t, spec.EditArgs{Add: []string{"example.com/source:1.0"}}, spec.Options{}); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("edit: %v", err)
	}
}

// The tag of a platform that an edit sets is read, so that the report says what the tag held.
func TestEditReadsTagOfNewPlatform(t *testing.T) {
	w := &world{}
	w.add(t, "example.com/app:1.0", registrytest.Index(false, image("amd64"), image("arm64")))
	w.add(t, "example.com/app:1.0-s390x", image("s390x"))
	pl, err := w.planEdit(t, spec.EditArgs{SetPlatform: []string{"linux/arm64=linux/s390x"}}, spec.Options{PlatformTags: "TAG-ARCH"})
	if err != nil {
		t.Fatal(err)
	}
	report, err := push.Do(t.Context(), w, pl, push.Options{})
	if got, want := statuses(report), "1.0 moved, 1.0-amd64 created, 1.0-s390x moved"; got != want || err != nil {
		t.Errorf("tags: %s, %v; want %s", got, err, want)
	}
}

// A digest that the index does not hold gets no platform, though an entry has that platform.
func TestEditSetsPlatformOfUnknownDigest(t *testing.T) {
	w := &world{}
	w.add(t, "example.com/app:1.0", registrytest.Index(false, image("amd64"), image("arm64")))
	_, err := w.planEdit(t, spec.EditArgs{SetPlatform: []string{hashOf(t, image("s390x")).String() + "=linux/arm64"}}, spec.Options{})
	if !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

// An edit makes no index with more entries than can be read again.
func TestEditOfFullIndex(t *testing.T) {
	w := &world{}
	all := make([]registrytest.Artifact, spec.MaxEntries)
	for i := range all {
		all[i] = registrytest.Image{OS: "windows", OSVersion: fmt.Sprintf("10.0.%d", i), Seed: fmt.Sprint(i)}.Build()
	}
	w.add(t, "example.com/app:1.0", registrytest.Index(false, all...))
	w.add(t, "example.com/new:1.0", image("arm64"))
	if _, err := w.planEdit(t, spec.EditArgs{Add: []string{"example.com/new:1.0"}}, spec.Options{}); !errors.Is(err, registry.ErrInvalid) {
		t.Errorf("one more: %v", err)
	}
	if _, err := w.planEdit(t, spec.EditArgs{Add: []string{"example.com/new:1.0"}, Remove: []string{all[0].Digest}}, spec.Options{}); err != nil {
		t.Errorf("one for another: %v", err)
	}
}

// The referrers of an image that --platforms leaves out are not read.
func TestReferrersOfWhatIsLeftOut(t *testing.T) {
	w, s := &world{}, target("1.0")
	amd64, arm64 := image("amd64"), image("arm64")
	source := w.add(t, "example.com/source:1.0", registrytest.Index(false, amd64, arm64))
	list := "example.com/source:" + registry.ReferrersTag(hashOf(t, arm64))
	w.add(t, list, registrytest.Index(false, image("s390x"))) // which does not name arm64
	o := plan.Options{Platforms: []v1.Platform{platformOf(t, "linux/amd64")}}
	for name, read := range map[string]func() (plan.State, error){
		"copy": func() (plan.State, error) { return resolve.Copy(t.Context(), w, s, o) },
		"push": func() (plan.State, error) { return resolve.Push(t.Context(), w, s, o) },
	} {
		s.Entries = []spec.Entry{source}
		state, err := read()
		if err == nil {
			_, err = resolve.Referrers(t.Context(), w, s, state)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The tag of a platform holds the container image also where a disk for that platform stands first, and whether or
// not the index stays where it is.
func TestPlatformTagsOfArtifacts(t *testing.T) {
	disk := registrytest.Shapes()["disk"].Children
	index := registrytest.Index(false, disk[2], disk[0], disk[1])
	for _, name := range []string{"example.com/app", "example.com/other"} {
		w, s := &world{}, target("1.0")
		ref, err := spec.ParseReference(name)
		if err != nil {
			t.Fatal(err)
		}
		s.Entries = []spec.Entry{w.add(t, "example.com/app:1.0", index)}
		s.Targets[0].Place = ref.Place
		e, err := spec.ParseEdit(spec.EditArgs{Index: "example.com/app:1.0", Remove: []string{"linux/arm64"}}, spec.Options{PlatformTags: "TAG-ARCH"})
		if err != nil {
			t.Fatal(err)
		}
		s.PlatformTags = e.Spec.PlatformTags
		state, err := resolve.Copy(t.Context(), w, s, plan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		plans, _, err := plan.Split(s, state, plan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := plans[0].TagUpdates[0]; got.Tag != "1.0-amd64" || got.To != hashOf(t, disk[0]) {
			t.Errorf("%s: %s gets %s, want %s", name, got.Tag, got.To, disk[0].Digest)
		}
	}
}

// --require asks for a container image, whether or not the index stays where it is.
func TestEditRequireIsForImages(t *testing.T) {
	disk := registrytest.Shapes()["disk"].Children[2]
	for _, tags := range [][]string{nil, {"example.com/other:1.0"}} {
		w := &world{}
		w.add(t, "example.com/app:1.0", registrytest.Index(false, disk, image("arm64"), image("s390x")))
		e, err := spec.ParseEdit(spec.EditArgs{Index: "example.com/app:1.0", Tags: tags, Remove: []string{"linux/s390x"}}, spec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		o := plan.Options{Require: []v1.Platform{platformOf(t, "linux/amd64")}}
		state, err := resolve.Edit(t.Context(), w, e, o)
		if err == nil {
			_, _, err = plan.Edit(e, state, o)
		}
		if !errors.Is(err, registry.ErrUnverified) || !strings.HasSuffix(err.Error(), "the new index has linux/arm64") {
			t.Errorf("--tag %q: %v", tags, err)
		}
	}
}

// An entry without a digest is refused with words for that.
func TestEntryWithoutDigest(t *testing.T) {
	w, s := &world{}, target("2.0")
	ref, err := spec.ParseReference("example.com/app:1.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range []string{"null", `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1}`} {
		raw := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[` + entry + `]}`
		m, err := registry.Identify("", []byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		w.memory(ref.Place).AddManifest("1.0", m)
		s.Entries = []spec.Entry{{Source: ref}}
		if _, err := w.do(t.Context(), s, plan.Options{}); !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), "has no digest") {
			t.Errorf("%s: %v", entry, err)
		}
	}
}

// One image in two repositories has one tag for signatures at the target. Different signatures are refused before
// anything is written; equal signatures are copied once.
func TestReferrersOfOneImageInTwoPlaces(t *testing.T) {
	for _, tt := range []struct {
		other string
		err   error
	}{{"k1", nil}, {"k2", registry.ErrInvalid}} {
		w, s, amd64 := &world{}, target("1.0"), image("amd64")
		tag := registry.ReferrersTag(hashOf(t, amd64)) + ".sig"
		s.Entries = []spec.Entry{w.add(t, "example.com/one:1.0", amd64), w.add(t, "example.com/two:1.0", amd64)}
		s.Entries[1].Platform = platformOf(t, "linux/s390x")
		w.add(t, "example.com/one:"+tag, registrytest.Signature("k1"))
		w.add(t, "example.com/two:"+tag, registrytest.Signature(tt.other))
		state, err := resolve.Push(t.Context(), w, s, plan.Options{})
		if err == nil {
			state, err = resolve.Referrers(t.Context(), w, s, state)
		}
		if err != nil {
			t.Fatal(err)
		}
		plans, _, err := plan.Push(s, state, plan.Options{AllowMismatch: true})
		if err == nil {
			_, err = push.Do(t.Context(), w, plans[0].Plan, push.Options{})
		}
		if !errors.Is(err, tt.err) || err != nil && len(w.writes) > 0 {
			t.Errorf("%s: %v, writes %q", tt.other, err, w.writes)
		}
	}
}

// inspect shows the platform that a push gives an image whose descriptor names half of a platform.
func TestInspectOfHalfAPlatform(t *testing.T) {
	w, s := &world{}, target("2.0")
	amd64 := image("amd64")
	amd64.Platform.Architecture = "unknown"
	s.Entries = []spec.Entry{w.add(t, "example.com/app:1.0", registrytest.Index(false, amd64, image("arm64")))}
	ref := s.Entries[0].Source
	inspection, err := resolve.Inspect(t.Context(), w.memory(ref.Place), ref, false)
	if err != nil {
		t.Fatal(err)
	}
	want := planned(t, w, s, plan.Options{}).Entries[0].Platform
	if got := inspection.Entries[0].Platform; !got.Equals(want) {
		t.Errorf("inspect shows %s, a push gives %s", got, want)
	}
}
