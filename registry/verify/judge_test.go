package verify

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// hash is a digest with a name.
func hash(name string) v1.Hash { return registry.DigestOf([]byte(name)) }

func platform(t *testing.T, text string) v1.Platform {
	t.Helper()
	p, err := platforms.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// contents builds the contents of an index.
type contents struct {
	Contents
	t           *testing.T
	descriptors []v1.Descriptor
}

func newContents(t *testing.T) *contents {
	ref, err := spec.ParseReference("reg.test/app:1.0")
	if err != nil {
		t.Fatal(err)
	}
	return &contents{t: t, Contents: Contents{Reference: ref, Root: hash("index"), Manifests: map[v1.Hash]Manifest{}, Blobs: map[Blob]error{}}}
}

// image adds an image with a config and a layer. The config names the platform too.
func (c *contents) image(name, text string) {
	p := platform(c.t, text)
	d := v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: hash(name), Size: 10, Platform: &p}
	config := v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: hash(name + " config"), Size: 1}
	layer := v1.Descriptor{MediaType: types.OCILayer, Digest: hash(name + " layer"), Size: 2}
	c.add(d, Manifest{Config: &config, Layers: []v1.Descriptor{layer}, Image: &Image{Platform: p, DiffIDs: []v1.Hash{hash(name + " content")}}})
}

func (c *contents) add(d v1.Descriptor, m Manifest) {
	m.Descriptor = v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
	c.Manifests[d.Digest] = m
	c.descriptors = append(c.descriptors, d)
}

// attest adds an attestation of BuildKit.
func (c *contents) attest(name, of string) {
	layer := v1.Descriptor{MediaType: "application/vnd.in-toto+json", Digest: hash(name + " statement"), Size: 3}
	c.add(v1.Descriptor{
		MediaType: types.OCIManifestSchema1, Digest: hash(name), Size: 11, Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"},
		Annotations: map[string]string{index.ReferenceType: index.AttestationType, index.ReferenceDigest: hash(of).String()},
	}, Manifest{Layers: []v1.Descriptor{layer}})
}

// change changes a manifest.
func (c *contents) change(name string, change func(*Manifest)) {
	m := c.Manifests[hash(name)]
	change(&m)
	c.Manifests[hash(name)] = m
}

// built are the contents with the index.
func (c *contents) built() Contents {
	raw := registry.MustCompactJSON(map[string]any{"schemaVersion": 2, "mediaType": types.OCIImageIndex, "manifests": c.descriptors})
	x, err := index.Parse(registry.NewManifest(types.OCIImageIndex, raw))
	if err != nil {
		c.t.Fatal(err)
	}
	if _, ok := c.Manifests[c.Root]; !ok {
		c.Manifests[c.Root] = Manifest{Descriptor: v1.Descriptor{MediaType: types.OCIImageIndex, Digest: c.Root, Size: 1}, Entries: x.Entries}
	}
	return c.Contents
}

var errGone = registry.Errorf(registry.ErrNotFound, "no such thing")
var errWrong = registry.Errorf(registry.ErrUnverified, "other bytes")
var errWithheld = errors.New("403")

var cases = []struct {
	name   string
	change func(*contents)
	want   string // severity, rule and platforms of each finding
}{
	{"whole", func(*contents) {}, ""},
	{"a manifest is gone", func(c *contents) { c.change("amd64", func(m *Manifest) { *m = Manifest{Err: errGone} }) }, "error manifest-missing linux/amd64"},
	{"a manifest is damaged", func(c *contents) { c.change("amd64", func(m *Manifest) { *m = Manifest{Err: errWrong} }) }, "error manifest-corrupt linux/amd64"},
	{"a manifest is withheld", func(c *contents) { c.change("amd64", func(m *Manifest) { *m = Manifest{Err: errWithheld} }) }, "error manifest-unreadable linux/amd64"},
	{"a config is gone", func(c *contents) { c.Blobs[Blob{hash("amd64 config"), 1}] = errGone }, "error config-missing linux/amd64"},
	{"a config is damaged", func(c *contents) { c.Blobs[Blob{hash("amd64 config"), 1}] = errWrong }, "error config-corrupt linux/amd64"},
	{"a config is withheld", func(c *contents) { c.Blobs[Blob{hash("amd64 config"), 1}] = errWithheld }, "error config-unreadable linux/amd64"},
	{"a layer is gone", func(c *contents) { c.Blobs[Blob{hash("arm64 layer"), 2}] = errGone }, "error layer-missing linux/arm64"},
	{"a layer is damaged", func(c *contents) { c.Blobs[Blob{hash("arm64 layer"), 2}] = errWrong }, "error layer-corrupt linux/arm64"},
	{"a layer is withheld", func(c *contents) { c.Blobs[Blob{hash("arm64 layer"), 2}] = errWithheld }, "error layer-unreadable linux/arm64"},
	{"a shared layer is gone", func(c *contents) {
		c.change("amd64", func(m *Manifest) { m.Layers = c.Manifests[hash("arm64")].Layers })
		c.Blobs[Blob{hash("arm64 layer"), 2}] = errGone
	}, "error layer-missing linux/amd64 linux/arm64"},
	{"a layer with urls is elsewhere", func(c *contents) {
		c.change("amd64", func(m *Manifest) { m.Layers[0].URLs = []string{"https://example.com/layer"} })
		c.Blobs[Blob{hash("amd64 layer"), 2}] = errGone
	}, "warning foreign-layer linux/amd64"},
	{"a foreign layer is elsewhere", func(c *contents) {
		c.change("amd64", func(m *Manifest) {
			m.Layers[0].URLs, m.Layers[0].MediaType = []string{"https://example.com/layer"}, types.DockerForeignLayer
		})
		c.Blobs[Blob{hash("amd64 layer"), 2}] = errGone
	}, ""},
	{"a foreign layer without urls is gone", func(c *contents) {
		c.change("amd64", func(m *Manifest) { m.Layers[0].MediaType = types.DockerForeignLayer })
		c.Blobs[Blob{hash("amd64 layer"), 2}] = errGone
	}, "error layer-missing linux/amd64"},
	{"another size", func(c *contents) { c.change("amd64", func(m *Manifest) { m.Descriptor.Size++ }) }, "error size-mismatch linux/amd64"},
	{"another type", func(c *contents) {
		c.change("amd64", func(m *Manifest) { m.Descriptor.MediaType = types.DockerManifestSchema2 })
	}, "error media-type-mismatch linux/amd64\nwarning mixed-formats linux/amd64"},
	{"too few layers", func(c *contents) {
		c.change("amd64", func(m *Manifest) { m.Image.DiffIDs = append(m.Image.DiffIDs, v1.Hash{}) })
	}, "error layer-count-mismatch linux/amd64"},
	{"no diff_ids", func(c *contents) { c.change("amd64", func(m *Manifest) { m.Image.DiffIDs = nil }) }, "error layer-count-mismatch linux/amd64"},
	{"the right content", func(c *contents) {
		c.Unpacked = map[Blob]Unpacked{{hash("amd64 layer"), 2}: {DiffID: hash("amd64 content")}}
	}, ""},
	{"other content", func(c *contents) { c.Unpacked = map[Blob]Unpacked{{hash("amd64 layer"), 2}: {DiffID: hash("other")}} }, "error diff-id-mismatch linux/amd64"},
	{"no tar", func(c *contents) { c.Unpacked = map[Blob]Unpacked{{hash("amd64 layer"), 2}: {Err: errWrong}} }, "error diff-id-mismatch linux/amd64"},
	{"an encrypted layer", func(c *contents) {
		c.Unpacked = map[Blob]Unpacked{{hash("amd64 layer"), 2}: {DiffID: hash("other")}}
		c.Manifests[hash("amd64")].Layers[0].MediaType = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"
	}, ""},
	{"another platform", func(c *contents) { c.change("amd64", func(m *Manifest) { m.Image.Platform.Architecture = "s390x" }) }, "error platform-mismatch linux/amd64"},
	{"the config names a variant, and the index none", func(c *contents) { c.change("amd64", func(m *Manifest) { m.Image.Platform.Variant = "v3" }) }, ""},
	{"the config names features", func(c *contents) {
		c.change("amd64", func(m *Manifest) { m.Image.Platform.OSFeatures = []string{"x"} })
	}, ""},
	{"another variant", func(c *contents) {
		c.image("armv7", "linux/arm/v7")
		c.change("armv7", func(m *Manifest) { m.Image.Platform.Variant = "v6" })
	}, "error platform-mismatch linux/arm/v7"},
	{"another version of Windows", func(c *contents) {
		c.image("windows", "windows/amd64:10.0.17763.1")
		c.change("windows", func(m *Manifest) { m.Image.Platform.OSVersion = "10.0.20348.1" })
	}, "error platform-mismatch windows/amd64:10.0.17763.1"},
	{"the index names no version of Windows", func(c *contents) {
		c.image("windows", "windows/amd64")
		c.change("windows", func(m *Manifest) { m.Image.Platform.OSVersion = "10.0.20348.1" })
	}, ""},
	{"no platform", func(c *contents) {
		c.image("none", "linux/s390x")
		c.descriptors[len(c.descriptors)-1].Platform = nil
	}, "warning platform-missing linux/s390x"},
	{"no such platform", func(c *contents) { c.image("odd", "linux/amd65") }, "warning platform-unknown linux/amd65"},
	{"two images for a platform", func(c *contents) { c.image("more", "linux/arm64/v8") }, "warning duplicate-platform linux/arm64"},
	{"two images with other features", func(c *contents) {
		c.image("more", "linux/arm64")
		c.descriptors[len(c.descriptors)-1].Platform.OSFeatures = []string{"x"}
	}, ""},
	{"the same image twice", func(c *contents) { c.image("arm64", "linux/arm64") }, ""},
	{"no image", func(c *contents) { c.descriptors = nil }, "error no-images"},
	{"an index in the index", func(c *contents) {
		c.add(v1.Descriptor{MediaType: types.OCIImageIndex, Digest: hash("inner"), Size: 5}, Manifest{})
	}, "error no-images\nwarning nested-index"},
	{"an attestation", func(c *contents) { c.attest("attestation", "amd64") }, ""},
	{"an attestation of another image", func(c *contents) { c.attest("attestation", "other") }, "error attestation-subject-missing"},
	{"an attestation of nothing", func(c *contents) {
		c.attest("attestation", "amd64")
		delete(c.descriptors[2].Annotations, index.ReferenceDigest)
	}, "error attestation-subject-missing"},
	{"an attestation with another layer", func(c *contents) {
		c.attest("attestation", "amd64")
		c.Manifests[hash("attestation")].Layers[0].MediaType = types.OCILayer
	}, "warning attestation-not-in-toto"},
	{"a statement is gone", func(c *contents) {
		c.attest("attestation", "amd64")
		c.Blobs[Blob{hash("attestation statement"), 3}] = errGone
	}, "error layer-missing"},
	{"an artifact about another image", func(c *contents) {
		c.add(v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: hash("sbom"), Size: 3, ArtifactType: "text/sbom"}, Manifest{Subject: hash("other")})
	}, "error attestation-subject-missing"},
	{"an artifact about an image", func(c *contents) {
		c.add(v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: hash("sbom"), Size: 3, ArtifactType: "text/sbom"}, Manifest{Subject: hash("amd64")})
	}, ""},
	{"referrers", func(c *contents) {
		c.Referrers.Flaws = []ReferrerFlaw{
			{Subject: hash("amd64"), Descriptor: v1.Descriptor{Digest: hash("signature")}, Err: errGone},
			{Subject: hash("amd64"), Descriptor: v1.Descriptor{Digest: hash("signature")}, Err: errWrong},
			{Subject: hash("amd64"), Descriptor: v1.Descriptor{Digest: hash("signature")}, Err: &SubjectError{}},
			{Subject: hash("amd64"), Err: errWrong},
			{Subject: hash("amd64"), Tag: "sha256-1.sig", Err: errWrong},
		}
		c.Referrers.Hidden = errWithheld
	}, `error referrer-missing linux/amd64
error referrer-corrupt linux/amd64
error referrer-subject-mismatch linux/amd64
error referrer-corrupt linux/amd64
error signature-tag-unreadable linux/amd64
warning referrers-hidden`},
	{"blobs of referrers", func(c *contents) {
		lost := v1.Descriptor{Digest: hash("lost"), Size: 4}
		c.Blobs[BlobOf(lost)] = errGone
		n := plan.Node{Entry: index.Entry{Subject: hash("amd64")}, Blobs: []v1.Descriptor{lost}}
		c.Referrers.Found = []plan.Referrer{{Node: n}, {Node: n, Tag: "sha256-1.sig"}}
	}, "error referrer-corrupt linux/amd64\nerror signature-tag-unreadable linux/amd64"},
	{"the index is damaged", func(c *contents) { c.Manifests[c.Root] = Manifest{Err: errWrong} }, "error manifest-corrupt"},
	{"a limit", func(c *contents) { c.Limit = errWrong }, "error limit-exceeded"},
}

func TestJudge(t *testing.T) {
	found := map[string]bool{"drift": true, "required-platform-missing": true, "unexpected-platform": true} // see the other tests
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			c := newContents(t)
			c.image("amd64", "linux/amd64")
			c.image("arm64", "linux/arm64")
			test.change(c)
			findings := Judge(c.built(), Options{})
			if got := lines(findings); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			for _, f := range findings {
				found[f.ID] = true
			}
		})
	}
	for _, rule := range Rules {
		if !found[rule.ID] {
			t.Errorf("no test finds %s", rule.ID)
		}
	}
}

func lines(findings []Finding) string {
	var lines []string
	for _, f := range findings {
		words := []string{string(f.Severity), f.ID}
		for _, p := range f.Platforms {
			words = append(words, p.String())
		}
		if f.What == "" || f.Do == "" {
			words = append(words, "without a text")
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, "\n")
}

func TestRequired(t *testing.T) {
	for _, test := range []struct{ require, exact, want string }{
		{"linux/amd64", "", ""},
		{"linux/arm64/v8", "", ""},
		{"linux/s390x linux/amd64", "", "error required-platform-missing linux/s390x"},
		{"", "linux/amd64 linux/arm64", ""},
		{"", "linux/arm64", "error unexpected-platform linux/amd64"},
		{"", "linux/arm64 linux/s390x", "error required-platform-missing linux/s390x\nerror unexpected-platform linux/amd64"},
	} {
		c := newContents(t)
		c.image("amd64", "linux/amd64")
		c.image("arm64", "linux/arm64")
		c.attest("attestation", "amd64")
		o := Options{Require: listOf(t, test.require), Exact: listOf(t, test.exact)}
		if got := lines(Judge(c.built(), o)); got != test.want {
			t.Errorf("%+v: got\n%s\nwant\n%s", test, got, test.want)
		}
	}
}

func listOf(t *testing.T, text string) []v1.Platform {
	var all []v1.Platform
	for _, word := range strings.Fields(text) {
		all = append(all, platform(t, word))
	}
	return all
}

// A single image is judged like an entry of an index.
func TestSingle(t *testing.T) {
	c := newContents(t)
	c.image("amd64", "linux/amd64")
	c.Root = hash("amd64")
	c.Blobs[Blob{hash("amd64 layer"), 2}] = errGone
	if got, want := lines(Judge(c.Contents, Options{Exact: listOf(t, "linux/amd64")})), "error layer-missing linux/amd64"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := lines(Judge(c.Contents, Options{Require: listOf(t, "linux/arm64")})), "error required-platform-missing linux/arm64"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if r := NewResult("app", c.Contents, Options{}); len(r.Platforms) != 1 || r.Manifests != 1 || r.Blobs != 2 {
		t.Errorf("the result is %+v", r)
	}
}

// A platform counts once, also if the index has two images for the platform.
func TestPlatformsOfResult(t *testing.T) {
	c := newContents(t)
	c.image("amd64", "linux/amd64")
	c.image("amd64 zstd", "linux/amd64")
	c.image("arm64", "linux/arm64")
	if r := NewResult("app", c.built(), Options{}); len(r.Platforms) != 2 {
		t.Errorf("the platforms are %v", r.Platforms)
	}
}

func TestLacking(t *testing.T) {
	c := newContents(t)
	c.image("amd64", "linux/amd64")
	c.image("arm64", "linux/arm64")
	c.image("s390x", "linux/s390x")
	c.change("arm64", func(m *Manifest) { *m = Manifest{Err: errGone} })
	c.change("s390x", func(m *Manifest) { *m = Manifest{Err: errWithheld} })
	c.Blobs[Blob{hash("amd64 layer"), 2}] = errGone
	c.Blobs[Blob{hash("amd64 config"), 1}] = errWithheld
	c.Referrers.Flaws = []ReferrerFlaw{{Subject: hash("amd64"), Descriptor: v1.Descriptor{Digest: hash("signature")}, Err: errGone}}
	got := Lacking(c.built())
	want := []v1.Hash{hash("arm64"), hash("signature")}
	if digests := digestsOf(got.Manifests); !slices.Equal(digests, want) || got.Damaged {
		t.Errorf("manifests %v, want %v; damaged %t", digests, want, got.Damaged)
	}
	if digests := digestsOf(got.Blobs); !slices.Equal(digests, []v1.Hash{hash("amd64 layer")}) {
		t.Errorf("blobs %v", digests)
	}
	c.Contents.Blobs[Blob{hash("amd64 layer"), 2}] = errWrong
	if !Lacking(c.Contents).Damaged {
		t.Error("a damaged layer is not damaged")
	}
	maps.DeleteFunc(c.Contents.Blobs, func(Blob, error) bool { return true })
	delete(c.Contents.Manifests, hash("arm64"))
	c.Referrers = Referrers{}
	if got := Lacking(c.Contents); !got.IsEmpty() {
		t.Errorf("nothing is missing: %+v", got)
	}
}

func digestsOf(all []v1.Descriptor) []v1.Hash {
	var digests []v1.Hash
	for _, d := range all {
		digests = append(digests, d.Digest)
	}
	return digests
}

// Names of rules are in the scripts of users.
func TestRules(t *testing.T) {
	var ids []string
	for _, r := range Rules {
		if slices.Contains(ids, r.ID) || strings.Trim(r.ID, "abcdefghijklmnopqrstuvwxyz-") != "" || !strings.HasSuffix(r.Summary, ".") || r.Do == "" {
			t.Errorf("rule %+v", r)
		}
		ids = append(ids, r.ID)
	}
}

func TestDrift(t *testing.T) {
	c := newContents(t)
	c.image("amd64", "linux/amd64")
	c.image("arm64", "linux/arm64")
	held := c.built()
	p := plan.Plan{Target: c.Reference.Place}
	for _, name := range []string{"amd64", "s390x"} {
		digest := hash(name)
		if name == "amd64" {
			digest = hash("amd64 new")
		}
		p.Entries = append(p.Entries, plan.Entry{Entry: index.Entry{Kind: index.Image, Platform: platform(t, "linux/"+name), Descriptor: v1.Descriptor{Digest: digest}}})
	}
	tags := func(from v1.Hash) []plan.TagUpdate {
		return []plan.TagUpdate{{Tag: "1.0", From: from, To: hash("new")}, {Tag: "latest", From: from, To: hash("new")}}
	}
	for _, test := range []struct {
		name string
		from v1.Hash
		want string
	}{
		{"the same", hash("new"), ""},
		{"no tag", v1.Hash{}, "error drift\nerror drift"},
		{"another index", held.Root, "error drift\nerror drift\nerror drift linux/amd64\nerror drift linux/s390x\nerror drift linux/arm64"},
	} {
		if got := lines(Drift(p, tags(test.from), held)); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
	platformTag := []plan.TagUpdate{{Tag: "1.0-amd64", From: hash("amd64"), To: hash("new"), Platform: &v1.Platform{}}}
	if got := lines(Drift(p, platformTag, held)); got != "error drift" {
		t.Errorf("a tag of an image: %s", got)
	}
}

// The page for users lists each rule with its text.
func TestRulesOnPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/how-to/verify.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, r := range Rules {
		row := fmt.Sprintf("\n| `%s` | %s | %s | %s |\n", r.ID, r.Severity, r.Summary, r.Do)
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/how-to/verify.md lacks the row%s", row)
		}
		rows += strings.Count(string(page), "\n| `"+r.ID+"` | ")
	}
	if rows != len(Rules) {
		t.Errorf("the page has %d rows for %d rules", rows, len(Rules))
	}
}

// A referrer that is an index may be there, and one of its manifests may not.
func TestReferrerWithoutChild(t *testing.T) {
	c := newContents(t)
	c.image("amd64", "linux/amd64")
	gone := registry.Errorf(registry.ErrNotFound, "the index lists sha256:1, which does not exist")
	c.Referrers.Flaws = []ReferrerFlaw{{Subject: hash("amd64"), Descriptor: v1.Descriptor{Digest: hash("index of it")}, Err: gone}}
	findings := Judge(c.built(), Options{})
	if len(findings) != 1 || !strings.Contains(findings[0].What, "a manifest of it does not exist: the index lists sha256:1") {
		t.Errorf("%+v", findings)
	}
}
