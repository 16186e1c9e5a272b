package main

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A subjectPush is a push of manifests that name a subject.
type subjectPush struct {
	name  string
	held  map[string]rt.Artifact // before, by HOST/REPOSITORY:TAG
	args  string
	lists int // how many lists of referrers there are in the end where the registry has none itself
}

func subjectPushes() []subjectPush {
	amd64, arm64 := rt.Image{Architecture: "amd64"}.Build(), rt.Image{Architecture: "arm64"}.Build()
	attested := rt.Attested(amd64)
	sbom := rt.ReferTo(amd64, "sbom")
	signature := rt.ReferTo(sbom, "signature")
	about := rt.IndexAbout(amd64, amd64, arm64)
	other := func(a rt.Artifact) map[string]rt.Artifact { return map[string]rt.Artifact{"other.test/app:1.0": a} }
	return []subjectPush{
		{"attested", other(attested), "push from-args --platforms linux/amd64 --template other.test/app:1.0 --target reg.test/app:1.0", 1},
		{"attested, several tags", other(attested), "push from-args --platforms linux/amd64 --template other.test/app:1.0 --target reg.test/app:1.0 --tags 1,latest", 1},
		{"attested, verified", other(attested), "push from-args --verify --platforms linux/amd64 --template other.test/app:1.0 --target reg.test/app:1.0", 1},
		{"attested, without a tag", other(attested), "copy --by-digest other.test/app:1.0 reg.test/app", 1},
		{"attested, of the same registry", map[string]rt.Artifact{"reg.test/src:1.0": attested}, "copy reg.test/src:1.0 reg.test/app", 1},
		{"attested, with referrers", other(attested), "copy --referrers other.test/app:1.0 reg.test/app", 1},
		{"attestation before its image", other(rt.Index(false, attested.Children[1], amd64)), "copy other.test/app:1.0 reg.test/app", 1},
		{"several attestations", other(rt.Index(false, append(rt.Attested(arm64).Children, attested.Children...)...)), "copy other.test/app:1.0 reg.test/app", 2},
		{"a chain in an index", other(rt.Index(false, signature, sbom, amd64)), "copy other.test/app:1.0 reg.test/app", 2},
		{"an index in an index, about an image behind it", other(rt.Index(false, rt.IndexAbout(arm64, amd64), arm64)), "copy other.test/app:1.0 reg.test/app", 1},
		{"an index with a subject", other(rt.Index(false, amd64, arm64)), "copy other.test/app:1.0 reg.test/app", 0},
		{"an index about its own image", other(about), "copy other.test/app:1.0 reg.test/app", 1},
		{"an index about its own image, several tags", other(about), "copy other.test/app:1.0 reg.test/app --tags 1,latest", 1},
		{"an edited index", map[string]rt.Artifact{"reg.test/app:1.0": about}, "edit reg.test/app:1.0 --remove linux/arm64", 1},
		{"an edited index, to another tag", map[string]rt.Artifact{"reg.test/app:1.0": about}, "edit reg.test/app:1.0 --remove linux/arm64 --tag 2.0", 1},
		{"a single attestation", map[string]rt.Artifact{"reg.test/app:1.0": amd64, "other.test/app:1.0": sbom}, "copy other.test/app:1.0 reg.test/app:sbom", 1},
	}
}

// However a manifest that names a subject comes to a registry, it is listed: by the registry, or under the tag.
// A registry that wants to have subjects first gets them first.
func TestSubjectsAreListed(t *testing.T) {
	for name, o := range map[string]rt.Options{
		"tag": {}, "tag, subjects first": {SubjectsFirst: true}, "API": {Referrers: true}, "API, subjects first": {Referrers: true, SubjectsFirst: true},
	} {
		for _, p := range subjectPushes() {
			t.Run(name+"/"+p.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { p.run(t, o) })
			})
		}
	}
}

// stage holds what is there before, whatever the registry would take now.
func (p subjectPush) stage(t *testing.T, o rt.Options) *stage {
	before := newStage(nil, nil)
	defer before.close()
	for reference, a := range p.held {
		host, rest, _ := strings.Cut(reference, "/")
		repository, tag, _ := strings.Cut(rest, ":")
		before.registry[host].Push(t, repository, tag, a)
	}
	return newStage(map[string]rt.Options{regHost: o}, before.snapshots())
}

func (p subjectPush) run(t *testing.T, o rt.Options) {
	s := p.stage(t, o)
	defer s.close()
	before := s.registry[regHost].Unlisted("app")
	args := append(strings.Fields(p.args), "--plain-http")
	out := s.run(t, "", args...)
	g := s.registry[regHost]
	if out.code != output.ExitDone || out.stderr != strings.ReplaceAll(out.stderr, "warning", "") {
		t.Errorf("exit %d\n%s", out.code, out.stderr)
	}
	unlisted := slices.DeleteFunc(g.Unlisted("app"), func(d string) bool { return slices.Contains(before, d) })
	if len(unlisted) > 0 {
		t.Errorf("not listed are %q, tags are %q", unlisted, g.Tags("app"))
	}
	lists := 0
	for _, tag := range g.Tags("app") {
		if strings.HasPrefix(tag, "sha256-") {
			lists++
		}
	}
	if want := p.lists; o.Referrers && lists > 0 || !o.Referrers && lists != want {
		t.Errorf("%d lists: tags are %q", lists, g.Tags("app"))
	}
	refused := 0
	for _, r := range g.Requests() {
		if r.Status == 400 {
			refused++
		}
	}
	if refused > 0 {
		t.Errorf("%d requests are refused", refused)
	}
	s.calm()
	if again := s.run(t, "", args...); again.code != output.ExitDone || again.stdout != out.stdout {
		t.Errorf("again: exit %d\n%s", again.code, again.stderr)
	}
	for _, r := range g.Requests() {
		if r.Kind().Writes() && !strings.HasPrefix(p.args, "edit") {
			t.Errorf("again: %s", r)
		}
	}
}

// A push that ends between a manifest with a subject and its list is finished by the next one. No tag moves
// before.
func TestSubjectsAreListedNextTime(t *testing.T) {
	for _, p := range subjectPushes() {
		if p.lists == 0 || strings.Contains(p.args, "--by-digest") {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := p.stage(t, rt.Options{})
				defer s.close()
				g := s.registry[regHost]
				before, tags := g.Unlisted("app"), g.Tags("app")
				args := append(strings.Fields(p.args), "--plain-http")
				g.AnswerPuts("sha256-", rt.Status(500))
				if o := s.run(t, "", args...); o.code != output.ExitUnavailable {
					t.Errorf("without a list: exit %d\n%s", o.code, o.stderr)
				}
				if now := g.Tags("app"); !slices.Equal(now, tags) {
					t.Errorf("the tags are %q, and were %q", now, tags)
				}
				s.calm()
				if o := s.run(t, "", args...); o.code != output.ExitDone {
					t.Errorf("again: exit %d\n%s", o.code, o.stderr)
				}
				unlisted := slices.DeleteFunc(g.Unlisted("app"), func(d string) bool { return slices.Contains(before, d) })
				if len(unlisted) > 0 {
					t.Errorf("not listed are %q", unlisted)
				}
			})
		})
	}
}

// What builders make is copied with all that it refers to by subject.
func TestSubjectsOfShapesAreListed(t *testing.T) {
	for name, shape := range rt.Shapes() {
		for _, flags := range []string{"", " --referrers"} {
			if len(shape.Absent) > 0 {
				continue
			}
			t.Run(name+flags, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := subjectPush{held: map[string]rt.Artifact{"other.test/app:1.0": shape.Artifact}}
					for _, r := range shape.Referrers {
						p.held["other.test/app:sha256-"+strings.TrimPrefix(shape.Digest, "sha256:")] = rt.Index(false, r)
					}
					s := p.stage(t, rt.Options{SubjectsFirst: true})
					defer s.close()
					g := s.registry[regHost]
					o := s.run(t, "", append(strings.Fields("copy --plain-http other.test/app:1.0 reg.test/app"), strings.Fields(flags)...)...)
					if o.code != output.ExitDone || len(g.Unlisted("app")) > 0 {
						t.Errorf("exit %d, not listed are %q\n%s", o.code, g.Unlisted("app"), o.stderr)
					}
				})
			})
		}
	}
}

// A list of referrers costs five requests, where the registry does not list them itself, and none otherwise. The
// push of manifests without a subject costs nothing more, whatever the registry lists.
func TestSubjectBudget(t *testing.T) {
	image := rt.Image{}.Build()
	for name, test := range map[string]struct {
		held rt.Artifact
		o    rt.Options
		want []string
	}{
		"no subject":                    {image, rt.Options{}, nil},
		"no subject, API":               {image, rt.Options{Referrers: true}, nil},
		"a subject":                     {rt.Attested(image), rt.Options{}, []string{"GET", "GET", "HEAD", "HEAD", "PUT"}},
		"a subject that is listed, API": {rt.Attested(image), rt.Options{Referrers: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := subjectPush{held: map[string]rt.Artifact{"other.test/app:1.0": test.held}}.stage(t, test.o)
				defer s.close()
				if o := s.run(t, "", strings.Fields("copy --plain-http other.test/app:1.0 reg.test/app")...); o.code != output.ExitDone {
					t.Fatalf("exit %d\n%s", o.code, o.stderr)
				}
				var got []string
				for _, r := range s.requests() {
					if strings.Contains(r.Path, "/referrers/") || strings.Contains(r.Path, "/manifests/sha256-") {
						got = append(got, r.Method)
					}
				}
				if slices.Sort(got); !slices.Equal(got, test.want) {
					t.Errorf("about referrers are the requests %q", got)
				}
			})
		})
	}
}
