package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A scenario is a push, from images for some platforms into reg.test/app.
type scenario struct {
	name      string
	template  string // of the sources; ARCH is the architecture
	platforms []string
	tags      []string
	layers    int
	size      int                  // of a layer; 6000 if zero
	index     bool                 // the source is one index
	copies    bool                 // the index is copied as it is
	second    bool                 // it goes into other.test/app as well
	like      bool                 // most of its requests are as those of others: fewer cases are enough
	byImage   []string             // tags of the images, beside those of the index
	options   registrytest.Options // of the target's registry
	flags     []string
}

// A tagName is a tag in the repository app of a registry.
type tagName struct{ host, tag string }

// names are those that the index has in the end, and those of its images.
func (sc scenario) names() (index, all []tagName) {
	hosts := []string{regHost}
	if sc.second {
		hosts = append(hosts, otherHost)
	}
	for _, host := range hosts {
		for _, tag := range sc.tags {
			index, all = append(index, tagName{host, tag}), append(all, tagName{host, tag})
		}
		for _, tag := range sc.byImage {
			all = append(all, tagName{host, tag})
		}
	}
	return index, all
}

var twoPlatforms = []string{"linux/amd64", "linux/arm64"}

var withTokens = registrytest.Options{Auth: registrytest.TokenAuth, Users: map[string]string{"ci": registrytest.Canary + "-password"}}

// scenarios are the ways of a push that the exhaustive run goes.
var scenarios = []scenario{
	{name: "same repository", template: "reg.test/app:ARCH", platforms: twoPlatforms, tags: []string{"1.0"}},
	{name: "mounted", template: "reg.test/src-ARCH:1", platforms: twoPlatforms, tags: []string{"1.0"}},
	{name: "streamed", template: "other.test/src-ARCH:1", platforms: twoPlatforms, tags: []string{"1.0"}},
	{name: "several tags", template: "reg.test/app:ARCH", platforms: twoPlatforms, tags: []string{"1.0", "1", "latest"}},
	{name: "not mounted", template: "reg.test/src-ARCH:1", platforms: twoPlatforms, tags: []string{"1.0"}, options: registrytest.Options{RefuseMounts: true}},
	{name: "tokens", template: "reg.test/src-ARCH:1", platforms: twoPlatforms, tags: []string{"1.0"}, options: withTokens},
	{name: "from an index", template: "other.test/src:1", platforms: twoPlatforms, tags: []string{"1.0"}, index: true},
	{name: "two targets", like: true, template: "other.test/src-ARCH:1", platforms: twoPlatforms, tags: []string{"1.0"}, second: true},
	{name: "tags for images", like: true, template: "reg.test/src-ARCH:1", platforms: twoPlatforms, tags: []string{"1.0", "1"},
		byImage: []string{"1.0-amd64", "1.0-arm64", "1-amd64", "1-arm64"}, flags: []string{"--platform-tags", "TAG-ARCH"}},
	{name: "copied", like: true, template: "other.test/src:1", platforms: twoPlatforms, tags: []string{"1.0", "1"}, index: true, copies: true},
	{name: "copied with what is about it", like: true, template: "other.test/src:1", platforms: twoPlatforms, tags: []string{"1.0", "1"}, index: true, copies: true,
		flags: []string{"--referrers"}},
	{name: "with provenance", like: true, template: "reg.test/src-ARCH:1", platforms: twoPlatforms, tags: []string{"1.0", "1"}, flags: []string{"--attest"}},
}

func (sc scenario) args() []string {
	if sc.copies {
		return append([]string{"copy", "--plain-http", sc.template, "reg.test/app:" + sc.tags[0], "--tags", strings.Join(sc.tags[1:], ",")}, sc.flags...)
	}
	if sc.second {
		return append([]string{"push", "from-spec", "--plain-http", "-"}, sc.flags...)
	}
	args := []string{"push", "from-args", "--plain-http", "--platforms", strings.Join(sc.platforms, ","),
		"--template", sc.template, "--target", "reg.test/app:" + sc.tags[0]}
	if len(sc.tags) > 1 {
		args = append(args, "--tags", strings.Join(sc.tags[1:], ","))
	}
	if sc.options.Users != nil {
		args = append(args, "--username", "ci", "--password-stdin")
	}
	return append(args, sc.flags...)
}

func (sc scenario) run(t *testing.T, s *stage, more ...string) outcome {
	stdin := sc.options.Users["ci"]
	if sc.second {
		stdin = sc.spec()
	}
	return s.run(t, stdin, append(sc.args(), more...)...)
}

// spec is for those that arguments cannot say.
func (sc scenario) spec() string {
	text := "image: [reg.test/app, other.test/app]\ntags: [" + strings.Join(sc.tags, ", ") + "]\nmanifests:\n"
	for _, reference := range slices.Sorted(maps.Keys(sc.images())) {
		text += "- image: " + reference + "\n"
	}
	return text
}

func (sc scenario) hostOptions() map[string]registrytest.Options {
	other := registrytest.Options{Latency: sc.options.Latency}
	return map[string]registrytest.Options{regHost: sc.options, otherHost: other}
}

// images are the sources.
func (sc scenario) images() map[string]registrytest.Artifact {
	images := map[string]registrytest.Artifact{}
	for _, platform := range sc.platforms {
		os, arch, _ := strings.Cut(platform, "/")
		arch, variant, _ := strings.Cut(arch, "/")
		reference := strings.ReplaceAll(sc.template, "ARCH", arch)
		if sc.index {
			reference = arch
		}
		images[reference] = registrytest.Image{OS: os, Architecture: arch, Variant: variant, Layers: sc.layers, LayerSize: cmp.Or(sc.size, 6000)}.Build()
	}
	if sc.index {
		all := make([]registrytest.Artifact, 0, len(images))
		for _, reference := range slices.Sorted(maps.Keys(images)) {
			all = append(all, images[reference])
		}
		return map[string]registrytest.Artifact{sc.template: registrytest.Index(false, all...)}
	}
	return images
}

// sources puts the images where they are taken from, and something else behind the tags.
func (sc scenario) sources(t *testing.T, s *stage, old bool) {
	for reference, image := range sc.images() {
		host, rest, _ := strings.Cut(reference, "/")
		repository, tag, _ := strings.Cut(rest, ":")
		s.registry[host].Push(t, repository, tag, image)
		if sc.copiesReferrers() {
			registrytest.PushAbout(t, s.registry[host], repository, image)
		}
	}
	if _, all := sc.names(); old {
		for _, n := range all {
			s.registry[n.host].Push(t, "app", n.tag, registrytest.Index(false, registrytest.Image{Seed: "old"}.Build()))
		}
	}
}

// prior is what the tags hold before a push.
type prior string

const (
	absent prior = "absent"
	old    prior = "old"
	same   prior = "same"
)

// A dryRun is a run of a scenario in which nothing goes wrong.
type dryRun struct {
	scenario
	prior    prior
	held     map[string]registrytest.Snapshot // before
	before   map[tagName]string               // the digests of the tags before; "" where there is none
	after    map[tagName]string
	result   string   // on stdout
	about    []string // what there is about the index in the end
	digest   string
	requests []registrytest.Request
}

// recordRun runs a scenario in a bubble of its own.
func recordRun(t *testing.T, sc scenario, p prior) dryRun {
	r := dryRun{scenario: sc, prior: p, before: map[tagName]string{}, after: map[tagName]string{}}
	_, names := sc.names()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(sc.hostOptions(), nil)
		defer s.close()
		sc.sources(t, s, p == old)
		if p == same {
			sc.mustRun(t, s)
		}
		r.held = s.snapshots()
		for _, n := range names {
			r.before[n] = s.walk(n.host, "app", n.tag).Digest
		}
		s.calm()
		r.result = sc.mustRun(t, s).stdout
		r.requests = s.requests()
		for _, n := range names {
			r.after[n] = s.walk(n.host, "app", n.tag).Digest
		}
		r.digest = r.after[names[0]]
		r.about = s.about(t, "app", r.digest)
	})
	return r
}

func (sc scenario) mustRun(t *testing.T, s *stage) outcome {
	t.Helper()
	o := sc.run(t, s)
	if o.code != output.ExitDone {
		t.Fatalf("%s: exit %d\n%s", sc.name, o.code, o.stderr)
	}
	return o
}

// stage sets up what was there before the rehearsal.
func (r dryRun) stage() *stage { return newStage(r.hostOptions(), r.held) }
