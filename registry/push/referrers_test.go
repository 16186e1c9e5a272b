package push_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// descriptorOf describes an artifact.
func descriptorOf(a registrytest.Artifact) v1.Descriptor {
	return registry.NewManifest(types.MediaType(a.MediaType), a.Manifest).Descriptor()
}

func referrersTag(a registrytest.Artifact) string { return strings.Replace(a.Digest, ":", "-", 1) }

// refer adds to a repository what refers to something in it, in the way of registries that do not list it.
func (w *world) refer(t *testing.T, repository string, subject registrytest.Artifact, texts ...string) (made []registrytest.Artifact) {
	t.Helper()
	for _, text := range texts {
		a := registrytest.Refer(descriptorOf(subject), "application/vnd.example", text)
		w.add(t, repository, a)
		made = append(made, a)
	}
	w.add(t, repository+":"+referrersTag(subject), registrytest.Index(false, made...))
	return made
}

// copiedWith copies an image with what is about it into example.com/app:1.0.
func (w *world) copiedWith(t *testing.T, e spec.Entry, o plan.Options) (pl plan.TargetPlan, notes []string, err error) {
	t.Helper()
	s := target("1.0")
	s.Entries = []spec.Entry{e}
	original, err := resolve.Copy(t.Context(), w, s, plan.Options{})
	if err == nil {
		original, err = resolve.Referrers(t.Context(), w, s, original)
	}
	if err != nil {
		return pl, nil, err
	}
	plans, notes, err := plan.Copy(s, original, o)
	if err != nil {
		return pl, notes, err
	}
	w.writes = nil
	_, err = push.All(t.Context(), w, plans, push.Options{})
	return plans[0], notes, err
}

// listedIn is the digests that are listed as referrers of something.
func (w *world) listedIn(t *testing.T, place spec.Place, subject registrytest.Artifact) (digests []string) {
	t.Helper()
	m, err := w.memory(place).Manifest(t.Context(), registry.Ref{Tag: referrersTag(subject)})
	if errors.Is(err, registry.ErrNotFound) {
		return nil
	}
	var list v1.IndexManifest
	if err == nil {
		err = json.Unmarshal(m.Bytes, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list.Manifests {
		digests = append(digests, d.Digest.String())
	}
	return digests
}

// Nobody finds the image under its tag before all that is about it is there.
func TestReferrersComeBeforeTheTag(t *testing.T) {
	w := &world{}
	amd64 := image("amd64")
	index := registrytest.Index(false, amd64, image("arm64"))
	e := w.add(t, "example.com/dev/app:1.0", index)
	sbom := w.refer(t, "example.com/dev/app", index, "sbom", "provenance")[0]
	w.refer(t, "example.com/dev/app", sbom, "signature of the sbom")
	w.add(t, "example.com/dev/app:"+referrersTag(amd64)+".sig", registrytest.Signature("one"))

	pl, _, err := w.copiedWith(t, e, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(pl.Referrers); n != 4 {
		t.Errorf("the plan has %d referrers", n)
	}
	if last := w.writes[len(w.writes)-1]; last != "1.0" {
		t.Errorf("the last write is %s, in %q", last, w.writes)
	}
	if i := slices.Index(w.writes, index.Digest); i < 0 || i > slices.Index(w.writes, sbom.Digest) {
		t.Errorf("the index is not there before what refers to it: %q", w.writes)
	}
	if got := w.listedIn(t, pl.Target, index); len(got) != 2 || got[0] != sbom.Digest && got[1] != sbom.Digest {
		t.Errorf("about the index are listed %q", got)
	}
	if got := w.listedIn(t, pl.Target, sbom); len(got) != 1 {
		t.Errorf("about the bill of materials are listed %q", got)
	}
	if _, err := w.memory(pl.Target).Manifest(t.Context(), registry.Ref{Tag: referrersTag(amd64) + ".sig"}); err != nil {
		t.Error(err)
	}
	if _, _, err := w.copiedWith(t, e, plan.Options{}); err != nil || len(w.writes) > 0 {
		t.Errorf("again, it writes %q, %v", w.writes, err)
	}
}

// A referrer that cannot be written keeps the tag where it is.
func TestReferrersThatFail(t *testing.T) {
	index := registrytest.Index(false, image("amd64"))
	for _, part := range []string{referrersTag(index), referrersTag(index) + ".att", "referrer"} {
		w := &world{}
		e := w.add(t, "example.com/dev/app:1.0", index)
		made := w.refer(t, "example.com/dev/app", index, "sbom")
		w.add(t, "example.com/dev/app:"+referrersTag(index)+".att", registrytest.Signature("one"))
		w.put = func(ref registry.Ref, put func() error) error {
			if ref.Tag == part || part == "referrer" && ref.String() == made[0].Digest {
				return registry.Errorf(registry.ErrRefused, "not this one")
			}
			return put()
		}
		pl, _, err := w.copiedWith(t, e, plan.Options{})
		if !errors.Is(err, registry.ErrRefused) {
			t.Errorf("%s: %v", part, err)
		}
		if _, err := w.memory(pl.Target).Describe(t.Context(), registry.Ref{Tag: "1.0"}); !errors.Is(err, registry.ErrNotFound) {
			t.Errorf("%s: the tag is there, %v", part, err)
		}
	}
}

// What is about the image is verified with it.
func TestReferrersAreVerified(t *testing.T) {
	for _, lost := range []string{"manifest", "blob", ""} {
		w := &world{}
		index := registrytest.Index(false, image("amd64"))
		e := w.add(t, "example.com/dev/app:1.0", index)
		sbom := w.refer(t, "example.com/dev/app", index, "sbom")[0]
		s := target("1.0")
		s.Entries = []spec.Entry{e}
		w.put = func(ref registry.Ref, put func() error) error {
			err := put()
			if ref.Tag == referrersTag(index) && lost != "" {
				digest := registry.DigestOf(sbom.Manifest)
				if lost == "blob" {
					digest = registry.DigestOf([]byte("sbom"))
				}
				w.memory(s.Targets[0].Place).Forget(digest)
			}
			return err
		}
		original, err := resolve.Copy(t.Context(), w, s, plan.Options{})
		if err == nil {
			original, err = resolve.Referrers(t.Context(), w, s, original)
		}
		var plans []plan.TargetPlan
		if err == nil {
			plans, _, err = plan.Copy(s, original, plan.Options{})
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = push.All(t.Context(), w, plans, push.Options{Verify: true})
		_, tagged := w.memory(s.Targets[0].Place).Describe(t.Context(), registry.Ref{Tag: "1.0"})
		if lost == "" && (err != nil || tagged != nil) {
			t.Errorf("nothing is lost: %v, %v", err, tagged)
		}
		if lost != "" && (!errors.Is(err, registry.ErrUnverified) || !errors.Is(tagged, registry.ErrNotFound)) {
			t.Errorf("a %s is lost: %v, %v", lost, err, tagged)
		}
	}
}

// Somebody else writes the list of referrers at the same time: nothing of theirs or ours is lost, unless
// they go on for ever.
func TestReferrersListIsShared(t *testing.T) {
	for name, others := range map[string]int{"alone": 0, "somebody else": 1, "somebody else, again": 2, "for ever": 100} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{}
				index := registrytest.Index(false, image("amd64"))
				e := w.add(t, "example.com/dev/app:1.0", index)
				ours := w.refer(t, "example.com/dev/app", index, "ours")[0]
				before := w.refer(t, "example.com/app", index, "before")[0]
				w.put = func(ref registry.Ref, put func() error) error {
					err := put()
					if ref.Tag == referrersTag(index) && others > 0 {
						others-- // they have read what was there before us, and write it with theirs
						theirs := registrytest.Refer(descriptorOf(index), "application/vnd.example", fmt.Sprint("theirs ", others))
						w.add(t, "example.com/app", theirs)
						w.add(t, "example.com/app:"+referrersTag(index), registrytest.Index(false, before, theirs))
					}
					return err
				}
				pl, _, err := w.copiedWith(t, e, plan.Options{})
				if others > 10 {
					if !errors.Is(err, registry.ErrRefused) || !strings.Contains(err.Error(), "keep changing") {
						t.Fatal(err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				got := w.listedIn(t, pl.Target, index)
				if !slices.Contains(got, ours.Digest) || !slices.Contains(got, before.Digest) || name != "alone" && len(got) != 3 {
					t.Errorf("listed are %q", got)
				}
			})
		})
	}
}

// Signatures that only the target has are not replaced by others.
func TestSignaturesOfTheTarget(t *testing.T) {
	index := registrytest.Index(false, image("amd64"))
	unsigned := image("amd64")
	for name, test := range map[string]struct {
		source, target registrytest.Artifact
		writes         bool
		class          error
	}{
		"the same":               {registrytest.Signature("one"), registrytest.Signature("one"), false, nil},
		"more at the source":     {registrytest.Signature("one", "two"), registrytest.Signature("one"), true, nil},
		"more at the target":     {registrytest.Signature("one"), registrytest.Signature("theirs", "one"), false, nil},
		"each has one":           {registrytest.Signature("one", "two"), registrytest.Signature("theirs", "one"), false, registry.ErrRefused},
		"an index there":         {registrytest.Signature("one"), registrytest.Index(false, unsigned), false, registry.ErrRefused},
		"an index at the source": {registrytest.Index(false, unsigned), registrytest.Signature("one"), false, registry.ErrRefused},
		"one index at both":      {registrytest.Index(false, unsigned), registrytest.Index(false, unsigned), false, nil},
		"other contents":         {registrytest.Refer(descriptorOf(index), "a/b", "ours"), registrytest.Refer(descriptorOf(index), "a/b", "theirs"), false, registry.ErrRefused},
	} {
		for _, force := range []bool{false, true} {
			w := &world{}
			sig := ":" + referrersTag(index) + ".sig"
			e := w.add(t, "example.com/dev/app:1.0", index)
			w.add(t, "example.com/app:1.0", index)
			w.add(t, "example.com/dev/app"+sig, test.source)
			w.add(t, "example.com/app"+sig, test.target)
			s := target("1.0")
			s.Entries = []spec.Entry{e}
			_, _, err := w.copiedWith(t, e, plan.Options{Force: force})
			if !force && !errors.Is(err, test.class) || force && err != nil {
				t.Errorf("%s, force %v: %v", name, force, err)
			}
			if !force && len(w.writes) > 0 != test.writes {
				t.Errorf("%s: it writes %q", name, w.writes)
			}
			want := test.target.Digest
			if test.writes || force {
				want = test.source.Digest
			}
			held, err := w.memory(s.Targets[0].Place).Describe(t.Context(), registry.Ref{Tag: sig[1:]})
			if err != nil || held.Digest.String() != want {
				t.Errorf("%s, force %v: the tag holds %v, not %s, %v", name, force, held.Digest, want, err)
			}
		}
	}
}

// Signatures that one of several targets would lose stop nothing at the others, unless that is wanted.
func TestSignaturesOfOneTarget(t *testing.T) {
	for name, test := range map[string]struct {
		both bool
		o    plan.Options
		done bool
	}{
		"one":            {false, plan.Options{}, true},
		"one, fail fast": {false, plan.Options{FailFast: true}, false},
		"each of them":   {true, plan.Options{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			index := registrytest.Index(false, image("amd64"))
			sig := ":" + referrersTag(index) + ".sig"
			e := w.add(t, "example.com/dev/app:1.0", index)
			w.add(t, "example.com/dev/app"+sig, registrytest.Signature("one"))
			w.add(t, "example.com/app"+sig, registrytest.Signature("theirs"))
			s := target("1.0")
			other, _ := spec.ParseReference("example.com/other")
			s.Entries, s.Targets = []spec.Entry{e}, append(s.Targets, spec.Target{Place: other.Place, Tags: []string{"1.0"}})
			if test.both {
				w.add(t, "example.com/other"+sig, registrytest.Signature("theirs"))
			}
			original, err := resolve.Copy(t.Context(), w, s, plan.Options{})
			if err == nil {
				original, err = resolve.Referrers(t.Context(), w, s, original)
			}
			if err != nil {
				t.Fatal(err)
			}
			plans, _, err := plan.Copy(s, original, test.o)
			if !test.done {
				if !errors.Is(err, registry.ErrRefused) || plans != nil {
					t.Errorf("%d plans, %v", len(plans), err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			w.writes = nil
			if _, err = push.All(t.Context(), w, plans, push.Options{}); !errors.Is(err, registry.ErrRefused) {
				t.Errorf("the error is %v", err)
			}
			if n := len(w.writes); n == 0 || w.writes[n-1] != "1.0" {
				t.Errorf("it writes %q", w.writes)
			}
			if _, err := w.memory(s.Targets[0].Place).Describe(t.Context(), registry.Ref{Tag: "1.0"}); !errors.Is(err, registry.ErrNotFound) {
				t.Errorf("the tag is there, %v", err)
			}
		})
	}
}

// Whoever signs at the target while the image is under way keeps the signature.
func TestSignedMeanwhile(t *testing.T) {
	for name, before := range map[string][]string{"nothing before": nil, "one before": {"one"}} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			index := registrytest.Index(false, image("amd64"))
			sig := ":" + referrersTag(index) + ".sig"
			e := w.add(t, "example.com/dev/app:1.0", index)
			w.add(t, "example.com/dev/app"+sig, registrytest.Signature("one", "two"))
			if before != nil {
				w.add(t, "example.com/app"+sig, registrytest.Signature(before...))
			}
			theirs := registrytest.Signature(append(before, "theirs")...)
			var once sync.Once
			w.put = func(_ registry.Ref, put func() error) error {
				once.Do(func() { w.add(t, "example.com/app"+sig, theirs) })
				return put()
			}
			pl, _, err := w.copiedWith(t, e, plan.Options{})
			if conflict := (*push.ConflictError)(nil); !errors.As(err, &conflict) || conflict.Holds.String() != theirs.Digest {
				t.Errorf("the error is %v", err)
			}
			if text := err.Error(); strings.Contains(text, " :") {
				t.Errorf("it says %s", text)
			}
			held, err := w.memory(pl.Target).Describe(t.Context(), registry.Ref{Tag: sig[1:]})
			if err != nil || held.Digest.String() != theirs.Digest {
				t.Errorf("the tag holds %v, %v", held.Digest, err)
			}
			if _, err := w.memory(pl.Target).Describe(t.Context(), registry.Ref{Tag: "1.0"}); !errors.Is(err, registry.ErrNotFound) {
				t.Errorf("the tag of the image is there, %v", err)
			}
		})
	}
}

// Some registries say 403 of what is not there: that keeps nobody from setting one of cosign's tags.
func TestSignatureThatIsHidden(t *testing.T) {
	w := &world{}
	index := registrytest.Index(false, image("amd64"))
	sig := ":" + referrersTag(index) + ".sig"
	e := w.add(t, "example.com/dev/app:1.0", index)
	w.add(t, "example.com/dev/app"+sig, registrytest.Signature("one"))
	s := target("1.0")
	s.Entries = []spec.Entry{e}
	session := hidingTargets{w, s.Targets[0].Place}
	original, err := resolve.Copy(t.Context(), session, s, plan.Options{})
	if err == nil {
		original, err = resolve.Referrers(t.Context(), session, s, original)
	}
	var plans []plan.TargetPlan
	if err == nil {
		plans, _, err = plan.Copy(s, original, plan.Options{})
	}
	if err == nil {
		_, err = push.All(t.Context(), session, plans, push.Options{})
	}
	if err != nil {
		t.Error(err)
	}
}

// hidingTargets is a world in which one place says 403 of tags that are not there.
type hidingTargets struct {
	*world
	place spec.Place
}

func (h hidingTargets) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	r, err := h.world.Open(ctx, place)
	if place == h.place {
		r = hidingRepository{r}
	}
	return r, err
}

type hidingRepository struct{ registry.Repository }

func (r hidingRepository) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	m, err := r.Repository.Manifest(ctx, ref)
	return m, hidden(ref, err)
}

func (r hidingRepository) Describe(ctx context.Context, ref registry.Ref) (v1.Descriptor, error) {
	d, err := r.Repository.Describe(ctx, ref)
	return d, hidden(ref, err)
}

func hidden(ref registry.Ref, err error) error {
	if ref.Tag != "" && errors.Is(err, registry.ErrNotFound) {
		return forbiddenError{}
	}
	return err
}

type forbiddenError struct{}

func (forbiddenError) Error() string  { return "403" }
func (forbiddenError) Withheld() bool { return true }

// What cosign's tag holds is looked at again behind the write.
func TestSignatureIsReadBack(t *testing.T) {
	w := &world{}
	index := registrytest.Index(false, image("amd64"))
	sig := ":" + referrersTag(index) + ".sig"
	e := w.add(t, "example.com/dev/app:1.0", index)
	w.add(t, "example.com/dev/app"+sig, registrytest.Signature("one"))
	w.put = func(ref registry.Ref, put func() error) error {
		err := put()
		if ref.Tag == sig[1:] {
			w.add(t, "example.com/app"+sig, registrytest.Signature("theirs"))
		}
		return err
	}
	if _, _, err := w.copiedWith(t, e, plan.Options{}); !errors.As(err, new(*push.ConflictError)) {
		t.Errorf("the error is %v", err)
	}
}

// What makes no sense at the source ends before anything is written, but for what is merely gone.
func TestReferrersThatMakeNoSense(t *testing.T) {
	index := registrytest.Index(false, image("amd64"))
	for name, test := range map[string]struct {
		spoil func(t *testing.T, w *world)
		class error
		says  string
	}{
		"gone": {func(t *testing.T, w *world) {
			made := w.refer(t, "example.com/dev/app", index, "sbom")
			ref, _ := spec.ParseReference("example.com/dev/app")
			hash, _ := v1.NewHash(made[0].Digest)
			w.memory(ref.Place).Forget(hash)
		}, nil, "is listed as a referrer, but does not exist"},
		"about something else": {func(t *testing.T, w *world) {
			other := registrytest.Refer(descriptorOf(image("arm64")), "application/vnd.example", "other")
			w.add(t, "example.com/dev/app:"+referrersTag(index), registrytest.Index(false, other))
		}, registry.ErrUnverified, "its subject is another manifest"},
		"no list": {func(t *testing.T, w *world) {
			w.add(t, "example.com/dev/app:"+referrersTag(index), image("arm64"))
		}, nil, "<nil>"},
		"without end": {func(t *testing.T, w *world) {
			subject := index
			for i := range 10 {
				subject = w.refer(t, "example.com/dev/app", subject, fmt.Sprint(i))[0]
			}
		}, registry.ErrUnverified, "more than 4 levels"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			e := w.add(t, "example.com/dev/app:1.0", index)
			test.spoil(t, w)
			_, notes, err := w.copiedWith(t, e, plan.Options{})
			if !errors.Is(err, test.class) {
				t.Errorf("the error is %v", err)
			}
			if said := fmt.Sprint(notes, err); !strings.Contains(said, test.says) {
				t.Errorf("it says %s", said)
			}
			if err != nil && len(w.writes) > 0 {
				t.Errorf("it wrote %q", w.writes)
			}
		})
	}
}

// Referrers without end are not read without end, whether they are there or not.
func TestReferrersAreCountedWhileReading(t *testing.T) {
	w := &world{}
	var images []registrytest.Artifact
	for i := range 10 {
		images = append(images, registrytest.Image{Seed: fmt.Sprint(i)}.Build())
	}
	e := w.add(t, "example.com/dev/app:1.0", registrytest.Index(false, images...))
	for i, a := range images {
		var list v1.IndexManifest
		for k := range 900 {
			d := descriptorOf(a)
			d.Digest = registry.DigestOf(fmt.Append(nil, i, k))
			list.Manifests = append(list.Manifests, d)
		}
		raw, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		w.memory(e.Source.Place).AddManifest(referrersTag(a), registry.NewManifest(types.OCIImageIndex, raw))
	}
	s := target("1.0")
	s.Entries = []spec.Entry{e}
	counting := &referrerReads{world: w}
	original, err := resolve.Copy(t.Context(), counting, s, plan.Options{})
	if err == nil {
		counting.reads.Store(0)
		_, err = resolve.Referrers(t.Context(), counting, s, original)
	}
	if !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), "the manifest has more than 1000 referrers, which is the limit") {
		t.Errorf("the error is %v", err)
	}
	if n := counting.reads.Load(); n > 1200 {
		t.Errorf("%d manifests are read", n)
	}
}

// referrerReads counts the manifests that are asked for.
type referrerReads struct {
	*world
	reads atomic.Int32
}

func (s *referrerReads) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	r, err := s.world.Open(ctx, place)
	return referrerReader{r, s}, err
}

type referrerReader struct {
	registry.Repository
	session *referrerReads
}

func (r referrerReader) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	r.session.reads.Add(1)
	return r.Repository.Manifest(ctx, ref)
}

// What a registry lists by itself is not listed once more.
func TestReferrersThatAreListed(t *testing.T) {
	w := &world{}
	index := registrytest.Index(false, image("amd64"))
	e := w.add(t, "example.com/dev/app:1.0", index)
	w.refer(t, "example.com/dev/app", index, "sbom")
	s := target("1.0")
	s.Entries = []spec.Entry{e}
	listing := listingTargets{world: w, place: s.Targets[0].Place}
	original, err := resolve.Copy(t.Context(), listing, s, plan.Options{})
	if err == nil {
		original, err = resolve.Referrers(t.Context(), listing, s, original)
	}
	if err != nil {
		t.Fatal(err)
	}
	plans, _, err := plan.Copy(s, original, plan.Options{})
	if err == nil {
		_, err = push.All(t.Context(), listing, plans, push.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(w.writes, referrersTag(index)) {
		t.Errorf("it writes %q", w.writes)
	}
}

// listingTargets is a world in which one place lists referrers by itself.
type listingTargets struct {
	*world
	place spec.Place
}

func (l listingTargets) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	r, err := l.world.Open(ctx, place)
	if place == l.place {
		r = listingRepository{r}
	}
	return r, err
}

type listingRepository struct{ registry.Repository }

func (r listingRepository) Referrers(context.Context, v1.Hash) ([]v1.Descriptor, error) {
	return nil, nil
}

func (r listingRepository) PutReferrer(ctx context.Context, m registry.Manifest) (bool, error) {
	return true, r.PutManifest(ctx, registry.Ref{Digest: m.Digest}, m)
}
