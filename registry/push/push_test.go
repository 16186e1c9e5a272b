package push_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// world is a session over repositories in memory that writes down what is written, and lets a test
// answer in their place.
type world struct {
	mu           sync.Mutex
	repositories map[spec.Place]*repositorytest.Memory
	writes       []string
	put          func(ref registry.Ref, put func() error) error
	describe     func(ref registry.Ref, d v1.Descriptor, err error) (v1.Descriptor, error)
}

func (w *world) memory(place spec.Place) *repositorytest.Memory {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.repositories == nil {
		w.repositories = map[spec.Place]*repositorytest.Memory{}
	}
	if w.repositories[place] == nil {
		w.repositories[place] = &repositorytest.Memory{}
	}
	return w.repositories[place]
}

func (w *world) Open(_ context.Context, place spec.Place) (registry.Repository, error) {
	return &watched{Memory: w.memory(place), world: w}, nil
}

func (w *world) Close() error { return nil }

func (w *world) wrote(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes = append(w.writes, what)
}

type watched struct {
	*repositorytest.Memory
	world *world
}

func (r *watched) PutManifest(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	put := func() error { return r.Memory.PutManifest(ctx, ref, m) }
	if r.world.put != nil {
		inner := put
		put = func() error { return r.world.put(ref, inner) }
	}
	err := put()
	if err == nil {
		r.world.wrote(ref.String())
	}
	return err
}

func (r *watched) PutBlob(ctx context.Context, d v1.Descriptor, from ...registry.Repository) (registry.Transfer, error) {
	r.world.wrote("blob " + d.Digest.String())
	return r.Memory.PutBlob(ctx, d, from...)
}

func (r *watched) Describe(ctx context.Context, ref registry.Ref) (v1.Descriptor, error) {
	d, err := r.Memory.Describe(ctx, ref)
	if r.world.describe != nil {
		return r.world.describe(ref, d, err)
	}
	return d, err
}

// add puts an artifact into the repository of a reference and gives the entry for it.
func (w *world) add(t *testing.T, name string, a registrytest.Artifact) spec.Entry {
	t.Helper()
	ref, err := spec.ParseReference(name)
	if err != nil {
		t.Fatal(err)
	}
	var put func(a registrytest.Artifact, tag string)
	put = func(a registrytest.Artifact, tag string) {
		for _, content := range a.Blobs {
			w.memory(ref.Place).AddBlob(types.OCILayer, content)
		}
		for _, child := range a.Children {
			put(child, "")
		}
		w.memory(ref.Place).AddManifest(tag, registry.NewManifest(types.MediaType(a.MediaType), a.Manifest))
	}
	put(a, ref.Tag)
	return spec.Entry{Source: ref}
}

func image(architecture string) registrytest.Artifact {
	return registrytest.Image{Architecture: architecture}.Build()
}

func target(tags ...string) spec.Spec {
	ref, err := spec.ParseReference("example.com/app")
	if err != nil {
		panic(err)
	}
	return spec.Spec{Targets: []spec.Target{{Place: ref.Place, Tags: tags}}, Type: spec.Auto}
}

// planned goes half of the way.
func planned(t *testing.T, session registry.Session, s spec.Spec, o plan.Options) plan.Plan {
	t.Helper()
	state, err := resolve.Push(t.Context(), session, s, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plans, _, err := plan.Push(s, state, o)
	if err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan
}

// do goes the whole way.
func (w *world) do(ctx context.Context, s spec.Spec, o plan.Options) (push.Report, error) {
	state, err := resolve.Push(ctx, w, s, plan.Options{})
	if err != nil {
		return push.Report{}, err
	}
	plans, _, err := plan.Push(s, state, o)
	if err != nil {
		return push.Report{}, err
	}
	return push.Do(ctx, w, plans[0].Plan, push.Options{})
}

func statuses(r push.Report) string {
	var all []string
	for _, tag := range r.Tags {
		all = append(all, fmt.Sprintf("%s %s", tag.Tag, tag.Status))
	}
	return strings.Join(all, ", ")
}

func TestPushOrder(t *testing.T) { synctest.Test(t, testPushOrder) }

func testPushOrder(t *testing.T) {
	w := &world{}
	s := target("1.0", "1", "latest")
	s.Entries = []spec.Entry{
		w.add(t, "example.com/amd64:1", registrytest.Attested(image("amd64"))),
		w.add(t, "example.com/arm64:1", image("arm64")),
	}
	report, err := w.do(t.Context(), s, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := statuses(report), "1.0 created, 1 created, latest created"; got != want {
		t.Errorf("tags: %s, want %s", got, want)
	}
	first := slices.Index(w.writes, "1.0")
	for i, write := range w.writes {
		switch {
		case i < first && !strings.Contains(write, "sha256:") && !strings.HasPrefix(write, "sha256-"):
			t.Errorf("%s was written before the first tag", write)
		case i > first && strings.Contains(write, "sha256:"):
			t.Errorf("%s was written after the first tag", write)
		}
	}
	if first < 3 {
		t.Errorf("writes: %q", w.writes)
	}

	w.writes = nil
	if report, err = w.do(t.Context(), s, plan.Options{}); err != nil || len(w.writes) != 0 {
		t.Errorf("again: %v, writes %q", err, w.writes)
	}
	if got, want := statuses(report), "1.0 unchanged, 1 unchanged, latest unchanged"; got != want {
		t.Errorf("tags: %s, want %s", got, want)
	}
}

// A layer that images share goes over once.
func TestPushSharedBlobs(t *testing.T) {
	w := &world{}
	s := target("1.0")
	docker := registrytest.Image{Docker: true}.Build()
	s.Entries = []spec.Entry{
		w.add(t, "example.com/a:1", docker),
		w.add(t, "example.com/b:1", registrytest.Image{Labels: map[string]string{"a": "b"}}.Build()),
	}
	s.Entries[1].Platform = v1.Platform{OS: "linux", Architecture: "arm64"}
	if _, err := w.do(t.Context(), s, plan.Options{}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, write := range w.writes {
		if strings.HasPrefix(write, "blob ") && seen[write] {
			t.Errorf("%s went over twice", write)
		}
		seen[write] = true
	}
}

func TestPushPartly(t *testing.T) {
	w := &world{put: func(ref registry.Ref, put func() error) error {
		if ref.Tag == "2" {
			return registry.Errorf(registry.ErrRefused, "immutable")
		}
		return put()
	}}
	s := target("1", "2", "3")
	s.Entries = []spec.Entry{w.add(t, "example.com/app:amd64", image("amd64"))}
	report, err := w.do(t.Context(), s, plan.Options{})
	var partial *push.PartialError
	if !errors.As(err, &partial) || !errors.Is(err, registry.ErrRefused) {
		t.Fatalf("error %v, want a partial one", err)
	}
	if diff := cmp.Diff([]string{"1", "3"}, partial.Moved); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
	if got, want := statuses(report), "1 created, 2 failed, 3 created"; got != want {
		t.Errorf("tags: %s, want %s", got, want)
	}

	// where the first tag is refused, none is tried
	w.writes = nil
	s.Targets[0].Tags = []string{"2", "4"}
	report, err = w.do(t.Context(), s, plan.Options{})
	if errors.As(err, &partial) || !errors.Is(err, registry.ErrRefused) || len(w.writes) != 0 {
		t.Errorf("error %v, writes %q", err, w.writes)
	}
	if got, want := statuses(report), "2 failed, 4 failed"; got != want {
		t.Errorf("tags: %s, want %s", got, want)
	}
}

// What the registry shows decides, not what it answered.
func TestReadBack(t *testing.T) {
	other := registry.DigestOf([]byte("somebody else's"))
	tests := []struct {
		name     string
		put      func(registry.Ref, func() error) error
		describe func(reads int, d v1.Descriptor, err error) (v1.Descriptor, error)
		want     error
	}{
		{"a registry that is slow to show it", nil, func(reads int, d v1.Descriptor, err error) (v1.Descriptor, error) {
			if reads < 4 {
				return v1.Descriptor{}, registry.ErrNotFound
			}
			return d, err
		}, nil},
		{"a registry that stores nothing", func(ref registry.Ref, put func() error) error {
			if ref.Tag != "" {
				return nil
			}
			return put()
		}, nil, registry.ErrUnavailable},
		{"somebody else", nil, func(reads int, d v1.Descriptor, err error) (v1.Descriptor, error) {
			d.Digest = other
			return d, nil
		}, registry.ErrRefused},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			w := &world{put: test.put}
			s := target("1.0")
			s.Entries = []spec.Entry{w.add(t, "example.com/app:amd64", image("amd64"))}
			plan := planned(t, w, s, plan.Options{})
			reads := 0
			if test.describe != nil {
				w.describe = func(ref registry.Ref, d v1.Descriptor, err error) (v1.Descriptor, error) {
					reads++
					return test.describe(reads, d, err)
				}
			}
			if _, err := push.Do(t.Context(), w, plan, push.Options{}); !errors.Is(err, test.want) {
				t.Errorf("%s: error %v, want %v", test.name, err, test.want)
			}
		})
	}
}

// A failed copy names the image, and no tag is touched.
func TestPushCopyFails(t *testing.T) {
	w := &world{}
	s := target("1.0")
	s.Entries = []spec.Entry{w.add(t, "example.com/a:1", image("amd64")), w.add(t, "example.com/b:1", image("arm64"))}
	plan := planned(t, w, s, plan.Options{})
	w.mu.Lock()
	w.repositories[s.Entries[1].Source.Place] = &repositorytest.Memory{} // gone since
	w.mu.Unlock()
	report, err := push.Do(t.Context(), w, plan, push.Options{})
	if !errors.Is(err, registry.ErrNotFound) || !strings.Contains(err.Error(), "copy to example.com/app from example.com/b@sha256:") {
		t.Errorf("error: %v", err)
	}
	if statuses(report) != "1.0 failed" || slices.Contains(w.writes, "1.0") {
		t.Errorf("tags: %s, writes %q", statuses(report), w.writes)
	}
}

func TestResolveIndexes(t *testing.T) {
	arm := func(variant string) registrytest.Artifact {
		return registrytest.Image{Architecture: "arm", Variant: variant}.Build()
	}
	amd64, arm5, arm6, arm7 := image("amd64"), arm("v5"), arm("v6"), arm("v7")
	bare := image("s390x")
	bare.Platform = v1.Platform{} // the index does not say what it is
	deep := registrytest.Index(false, amd64)
	for range 5 {
		deep = registrytest.Index(false, deep)
	}
	tests := []struct {
		name     string
		source   registrytest.Artifact
		platform string
		want     string // the platforms that are found, or the error
	}{
		{"all", registrytest.Index(false, amd64, arm7), "", "linux/amd64 linux/arm/v7"},
		{"one of them", registrytest.Index(false, amd64, arm7), "linux/arm/v7", "linux/arm/v7"},
		{"arm is arm/v7, but any variant fits", registrytest.Index(false, amd64, arm7), "linux/arm", "linux/arm/v7"},
		{"an equal platform is taken before one that fits", registrytest.Index(false, arm6, arm7), "linux/arm", "linux/arm/v7"},
		{"several fit", registrytest.Index(false, arm5, arm6), "linux/arm", "linux/arm matches 2 platforms of the index, use one of these platforms or digests: linux/arm/v5 ("},
		{"none fits", registrytest.Index(false, amd64), "linux/arm64", "the index has no image for linux/arm64; its platforms are linux/amd64"},
		{"judged by its config", registrytest.Index(false, bare), "linux/s390x", "linux/s390x"},
		{"an index within", registrytest.Index(false, registrytest.Index(false, amd64), arm7), "", "linux/amd64 linux/arm/v7"},
		{"too deep", deep, "", "more than 4 levels of nested indexes"},
		{"attested", registrytest.Attested(amd64), "linux/amd64", "linux/amd64+1"},
		{"empty", registrytest.Index(false), "", "the index contains no image"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &world{}
			s := target("1.0")
			s.Entries = []spec.Entry{w.add(t, "example.com/source:1", test.source)}
			if test.platform != "" {
				p, err := platforms.Parse(test.platform)
				if err != nil {
					t.Fatal(err)
				}
				s.Entries[0].Platform = p
			}
			state, err := resolve.Push(t.Context(), w, s, plan.Options{})
			if err != nil {
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %v, want %q", err, test.want)
				}
				return
			}
			var got []string
			for _, image := range state.Entries[0].Nodes {
				if image.Kind == index.Attestation {
					got[len(got)-1] += "+1"
					continue
				}
				got = append(got, image.Config.String())
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

// Docker Hub denies access to what does not exist. That counts as missing only where it has let us
// in for the target.
func TestHiddenByDockerHub(t *testing.T) {
	for _, test := range []struct {
		target, source string
		targetErr      error
		missing        bool
	}{
		{"docker.io/me/app", "docker.io/me/gone:1", nil, true},
		{"docker.io/me/app", "docker.io/me/gone:1", registry.ErrDenied, false},
		{"docker.io/me/app", "docker.io/me/gone:1", errNotAsked, false},
		{"example.com/app", "docker.io/me/gone:1", nil, false},
		{"example.com/app", "example.com/gone:1", nil, false},
	} {
		ref, _ := spec.ParseReference(test.target)
		source, _ := spec.ParseReference(test.source)
		session := denying{err: test.targetErr, place: ref.Place}
		s := spec.Spec{Targets: []spec.Target{{Place: ref.Place, Tags: []string{"1"}}}, Entries: []spec.Entry{{Source: source}}}
		if test.targetErr == errNotAsked {
			s.Targets[0].Tags = nil
		}
		state, err := resolve.Push(t.Context(), session, s, plan.Options{})
		if missing := err == nil && state.Entries[0].Missing != nil; missing != test.missing {
			t.Errorf("%s into %s (%v): missing is %v (%v)", test.source, test.target, test.targetErr, missing, err)
		}
		if err != nil && !errors.Is(err, registry.ErrDenied) {
			t.Errorf("error %v", err)
		}
	}
}

// errNotAsked is a target of which no tag is read, as with --by-digest.
var errNotAsked = errors.New("not asked")

// denying denies access to everything, but answers for one place.
type denying struct {
	registry.Repository
	err   error
	place spec.Place
}

func (d denying) Open(_ context.Context, place spec.Place) (registry.Repository, error) {
	if place != d.place {
		d.err = registry.ErrDenied
	} else if d.err == nil {
		d.err = registry.ErrNotFound
	}
	return d, nil
}
func (d denying) Close() error { return nil }
func (d denying) Describe(context.Context, registry.Ref) (v1.Descriptor, error) {
	return v1.Descriptor{}, d.err
}
func (d denying) Manifest(context.Context, registry.Ref) (registry.Manifest, error) {
	return registry.Manifest{}, d.err
}

func TestVerify(t *testing.T) {
	content := strings.Repeat("content ", 1000)
	d := v1.Descriptor{Digest: registry.DigestOf([]byte(content)), Size: int64(len(content))}
	for name, test := range map[string]struct {
		content string
		ok      bool
	}{
		"right": {content, true}, "short": {content[1:], false}, "long": {content + "x", false},
		"wrong": {"x" + content[1:], false}, "empty": {"", false},
	} {
		blob, err := registry.Verify(io.NopCloser(strings.NewReader(test.content)), d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(blob)
		if test.ok && (err != nil || string(got) != content) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if !test.ok && (!errors.Is(err, registry.ErrUnverified) || len(got) >= len(content)) {
			t.Errorf("%s: gave out %d bytes, error %v", name, len(got), err)
		}
	}
}

// A tag that several entries name is read once: what it holds may change in between.
func TestTagIsReadOnce(t *testing.T) {
	w := &world{}
	amd64, arm64 := image("amd64"), image("arm64")
	entry := w.add(t, "example.com/source:1", registrytest.Index(false, amd64, arm64))
	s := target("1.0")
	for _, architecture := range []string{"amd64", "arm64"} {
		e := entry
		e.Platform = v1.Platform{OS: "linux", Architecture: architecture}
		s.Entries = append(s.Entries, e)
	}
	changing := changingTags{world: w, place: entry.Source.Place}
	if _, err := resolve.Push(t.Context(), &changing, s, plan.Options{}); err != nil {
		t.Fatal(err)
	}
	if changing.reads != 1 {
		t.Errorf("the tag was read %d times", changing.reads)
	}
}

// changingTags counts how often a tag of a place is read.
type changingTags struct {
	*world
	place spec.Place
	mu    sync.Mutex
	reads int
}

func (c *changingTags) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	r, err := c.world.Open(ctx, place)
	if place == c.place {
		r = countingRepository{r, c}
	}
	return r, err
}

type countingRepository struct {
	registry.Repository
	session *changingTags
}

func (r countingRepository) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	if ref.Tag != "" {
		r.session.mu.Lock()
		r.session.reads++
		r.session.mu.Unlock()
	}
	return r.Repository.Manifest(ctx, ref)
}

// What is no image does not keep the image beside it from being found.
func TestPickBesideOthers(t *testing.T) {
	w := &world{}
	amd64 := image("amd64")
	artifact := image("s390x")
	artifact.MediaType, artifact.Platform = "application/x-unheard-of", v1.Platform{}
	s := target("1.0")
	s.Entries = []spec.Entry{w.add(t, "example.com/source:1", registrytest.Index(false, artifact, amd64))}
	s.Entries[0].Platform = v1.Platform{OS: "linux", Architecture: "amd64"}
	state, err := resolve.Push(t.Context(), w, s, plan.Options{})
	if err != nil || len(state.Entries[0].Nodes) != 1 || state.Entries[0].Nodes[0].Descriptor.Digest.String() != amd64.Digest {
		t.Errorf("%+v, %v", state.Entries, err)
	}
	s.Entries[0].Platform = v1.Platform{}
	if _, err := resolve.Push(t.Context(), w, s, plan.Options{}); !errors.Is(err, registry.ErrInvalid) {
		t.Errorf("without a platform: %v", err)
	}
}

// An index of more entries than anybody needs is refused, whatever they are.
func TestTooManyEntries(t *testing.T) {
	for name, child := range map[string]func(i int) registrytest.Artifact{
		"empty indexes": func(i int) registrytest.Artifact {
			inner := registrytest.Index(false)
			inner.Annotations = map[string]string{"n": fmt.Sprint(i)}
			return inner
		},
		"attestations": func(i int) registrytest.Artifact {
			a := image("amd64")
			a.Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": "sha256:0"}
			return a
		},
	} {
		var children []registrytest.Artifact
		for i := range spec.MaxEntries + 1 {
			children = append(children, child(i))
		}
		w := &world{}
		s := target("1.0")
		s.Entries = []spec.Entry{w.add(t, "example.com/source:1", registrytest.Index(false, children...))}
		if _, err := resolve.Push(t.Context(), w, s, plan.Options{}); !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), "more than 1000 entries") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the plan leaves out is not read: it need not be there.
func TestResolveReadsWhatIsWanted(t *testing.T) {
	amd64, arm64 := platformOf(t, "linux/amd64"), platformOf(t, "linux/arm64")
	for name, test := range map[string]struct {
		gone    int // of the index's manifests
		options plan.Options
		found   bool
	}{
		"an image that is not wanted":       {0, plan.Options{Platforms: []v1.Platform{arm64}}, true},
		"one that is":                       {0, plan.Options{Platforms: []v1.Platform{amd64}}, false},
		"its attestation":                   {1, plan.Options{Platforms: []v1.Platform{arm64}}, true},
		"an attestation that is not wanted": {1, plan.Options{DropAttestations: true}, true},
		"an attestation that is":            {1, plan.Options{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			children := append(registrytest.Attested(image("amd64")).Children, image("arm64"))
			e := w.add(t, "example.com/build:1", registrytest.Index(false, children...))
			gone, err := v1.NewHash(children[test.gone].Digest)
			if err != nil {
				t.Fatal(err)
			}
			w.memory(e.Source.Place).Forget(gone)
			s := target("1.0")
			s.Entries = []spec.Entry{e}
			state, err := resolve.Push(t.Context(), w, s, test.options)
			if err == nil {
				_, _, err = plan.Push(s, state, test.options)
			}
			if (err == nil) != test.found {
				t.Errorf("error %v", err)
			}
		})
	}
}
