package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A meaning is what the answer to the question for referrers tells.
type meaning int

const (
	itLists     meaning = iota // the registry lists them itself
	itListsNone                // it lists none, or does not know the question: the tag decides
	itHides                    // it does not tell: the tag decides, with a warning
	itLeadsAway                // another host has no list: the tag decides, with a warning
	itDenies
	itIsDown
)

// An asked is an answer to the question for referrers.
type asked struct {
	rt.Optional
	meaning meaning
}

// meanings are those of the answers of the registry itself.
var meanings = map[string]meaning{
	"index": itLists, "empty": itListsNone, "page": itListsNone, "JSON": itListsNone, "401": itListsNone,
	"401 with a challenge": itDenies, "403": itHides, "404": itListsNone, "405": itListsNone,
	"429": itIsDown, "500": itIsDown, "slow": itIsDown,
}

// referrersAnswers are all answers to the question, from the registry itself, and from a host that it leads to.
func referrersAnswers(subject string, list rt.Artifact, s *stage) []asked {
	var all []asked
	for _, o := range rt.OptionalAnswers(subject, list) {
		all = append(all, asked{Optional: o, meaning: meanings[o.Name]})
		path := "/optional/" + strings.ReplaceAll(o.Name, " ", "-") + "/"
		if s != nil {
			s.elsewhere.Handle(path, o.Handler(s.network.Over()))
		}
		for _, status := range []int{301, 303, 307} {
			away := asked{meaning: itLeadsAway}
			away.Name, away.Do = fmt.Sprintf("%d to %s", status, o.Name), rt.Redirect(status, func(r *http.Request) string {
				return "http://" + rt.Elsewhere + path + r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
			})
			if o.Name == "index" || o.Name == "empty" {
				away.meaning = meanings[o.Name]
			}
			all = append(all, away)
		}
	}
	return all
}

// tagAnswers are the answers of the tag for referrers, and of cosign's.
var tagAnswers = []string{"list", "subject", "image", "403", "404", "page"}

// setTag makes a registry answer so for the tags about an image.
func (c optionalCase) setTag(t *testing.T, g *rt.Registry) (do func(rt.Scene)) {
	tag := strings.Replace(c.image.Digest, ":", "-", 1)
	switch c.tag {
	case "list":
		g.Push(t, "app", tag, rt.Index(false, c.theirs))
	case "subject":
		return rt.TagIsDigest
	case "image":
		g.Push(t, "app", tag, rt.Image{Seed: "other"}.Build())
	case "403":
		return rt.IfMissing(rt.Forbid)
	case "page":
		return rt.IfMissing(rt.Page)
	}
	return nil
}

// optionalImages are an image, what refers to it at the source, and what refers to it under the tag.
type optionalImages struct{ image, attested, ours, theirs rt.Artifact }

func optionalImagesOf(image rt.Artifact) optionalImages {
	return optionalImages{image, rt.Attested(image), rt.ReferTo(image, "ours"), rt.ReferTo(image, "theirs")}
}

// theIndex is an image for several platforms. Under a tag that is read as its digest, it looks like a list.
func theIndex() rt.Artifact {
	return rt.Index(false, rt.Image{}.Build(), rt.Image{Architecture: "arm64"}.Build())
}

// An optionalCase is one answer to the question for referrers, and one of the tag.
type optionalCase struct {
	optionalImages
	asked
	tag string
}

// hides reports whether referrers may be hidden: by the answer to the question, or by the tags.
func (c optionalCase) hides() bool { return c.meaning == itHides || c.tag == "403" || c.tag == "page" }

// run runs a case on a stage of its own. The list is what a host answers that the registry leads to.
func (c optionalCase) run(t *testing.T, list rt.Artifact, do func(t *testing.T, s *stage)) {
	synctest.Test(t, func(t *testing.T) {
		// the registry lists referrers itself where the question is answered with an index
		s := newStage(map[string]rt.Options{regHost: {Referrers: c.asked.Name == "index"}}, nil)
		defer s.close()
		referrersAnswers(c.image.Digest, list, s)
		do(t, s)
	})
}

// eachOptional runs a test for all pairs of answers.
func eachOptional(t *testing.T, image rt.Artifact, do func(t *testing.T, c optionalCase)) {
	images := optionalImagesOf(image)
	for _, a := range referrersAnswers(image.Digest, rt.Index(false, images.ours), nil) {
		for _, tag := range tagAnswers {
			t.Run(a.Name+", tag "+tag, func(t *testing.T) { do(t, optionalCase{images, a, tag}) })
		}
	}
}

// Copied from a registry, whatever it says of referrers, an image comes with all that it shows. What it may hide
// is a warning, and an error with --strict.
func TestOptionalAnswersOfSource(t *testing.T) {
	eachOptional(t, theIndex(), func(t *testing.T, c optionalCase) {
		for _, strict := range []bool{false, true} {
			c.run(t, rt.Index(false, c.ours), func(t *testing.T, s *stage) {
				g := s.registry[regHost]
				g.Push(t, "app", "1.0", c.image)
				g.Push(t, "app", "", c.ours)
				g.AnswerOptional(s.network.Over(), c.Do, c.setTag(t, g))
				args := []string{"copy", "--plain-http", "--referrers", "reg.test/app:1.0", "other.test/app:1.0"}
				if strict {
					args = append(args, "--strict")
				}
				o := s.run(t, "", args...)
				c.checkSource(t, s, o, strict)
				if t.Failed() {
					t.Logf("strict %v: exit %d after %s\n%s%s", strict, o.code, o.took, o.stdout, o.stderr)
				}
			})
		}
	})
}

func (c optionalCase) checkSource(t *testing.T, s *stage, o outcome, strict bool) {
	code, want := output.ExitDone, []string(nil)
	switch {
	case c.meaning == itDenies:
		code = output.ExitDenied
	case c.meaning == itIsDown:
		code = output.ExitUnavailable
	case c.hides() && strict:
		code = output.ExitDenied
		if c.tag == "page" && c.meaning != itHides {
			code = output.ExitUnverified
		}
	case c.meaning == itLists:
		want = []string{c.ours.Digest}
	case c.tag == "list":
		want = []string{c.theirs.Digest}
	}
	if c.tag == "page" && c.meaning == itHides && strict && o.code == output.ExitUnverified {
		code = o.code // either of the two reasons is told
	}
	if o.code != code {
		t.Errorf("exit %d, want %d", o.code, code)
	}
	c.checkTold(t, o, code == output.ExitDone)
	got := s.listedAt(t, "open."+otherHost, c.image.Digest)
	if !slices.Equal(got, want) {
		t.Errorf("about the image are listed %q, want %q", got, want)
	}
	if found := s.walk(otherHost, "app", "1.0"); (found.Digest == c.image.Digest) != (code == output.ExitDone) {
		t.Errorf("the tag holds %q", found.Digest)
	}
}

// checkTold looks for warnings: once, and only where they are due.
func (c optionalCase) checkTold(t *testing.T, o outcome, done bool) {
	t.Helper()
	for words, due := range map[string]bool{
		"may have signatures and other referrers that cannot be read": c.hides() && c.meaning != itDenies && c.meaning != itIsDown,
		"redirects to elsewhere.test, ":                               c.meaning == itLeadsAway,
	} {
		n := strings.Count(o.stderr, words)
		if due && n != 1 || !due && n != 0 {
			t.Errorf("%q is said %d times", words, n)
		}
	}
	if !done && !strings.Contains(o.stderr, "reg.test") {
		t.Error("the message does not name the registry")
	}
}

// listedAt are the digests that a host lists about an image, by itself or under the tag.
func (s *stage) listedAt(t *testing.T, host, digest string) []string {
	var digests []string
	for _, line := range s.aboutAt(t, host, "app", digest) {
		d, _, _ := strings.Cut(line, " ")
		digests = append(digests, d)
	}
	return digests
}

// listedUnder are the digests in the index under a tag, past all faults.
func (s *stage) listedUnder(t *testing.T, host, tag string) (digests []string) {
	transport := s.network.Transport()
	defer transport.CloseIdleConnections()
	raw, err := rt.Walker{Client: &http.Client{Transport: transport}}.Manifest("open."+host, "app", tag)
	if err != nil {
		return nil
	}
	var list struct{ Manifests []struct{ Digest string } }
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Error(err)
	}
	for _, d := range list.Manifests {
		digests = append(digests, d.Digest)
	}
	return digests
}

// Copied to a registry, an image comes with its referrers where they can be listed, by the registry or under
// the tag, beside those of others. Where they cannot, no tag moves, and nothing of others is lost.
func TestOptionalAnswersOfTarget(t *testing.T) {
	eachOptional(t, theIndex(), func(t *testing.T, c optionalCase) {
		c.run(t, rt.Index(false, c.theirs), func(t *testing.T, s *stage) {
			source, g := s.registry[otherHost], s.registry[regHost]
			source.Push(t, "app", "1.0", c.image)
			source.Push(t, "app", strings.Replace(c.image.Digest, ":", "-", 1), rt.Index(false, c.ours))
			c.answerAsTarget(t, s, g)
			o := s.run(t, "", "copy", "--plain-http", "--referrers", "other.test/app:1.0", "reg.test/app:1.0")
			code := output.ExitDone
			switch {
			case c.meaning == itDenies:
				code = output.ExitDenied
			case c.meaning == itIsDown:
				code = output.ExitUnavailable
			case c.lacksList():
				code = output.ExitRefused
			}
			c.checkTarget(t, s, o, code, c.ours)
		})
	})
}

// lacksList reports whether neither the registry nor the tag can list anything.
func (c optionalCase) lacksList() bool {
	return c.asked.Name != "index" && (c.tag == "subject" || c.tag == "image")
}

// answerAsTarget sets up the target's answers. A registry that lists referrers itself answers by itself.
func (c optionalCase) answerAsTarget(t *testing.T, s *stage, g *rt.Registry) {
	do := c.Do
	if c.asked.Name == "index" {
		do = nil
	}
	if c.tag == "list" {
		g.Push(t, "app", "", c.image)
	}
	g.AnswerOptional(s.network.Over(), do, c.setTag(t, g))
}

func (c optionalCase) checkTarget(t *testing.T, s *stage, o outcome, code int, ours rt.Artifact) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit %d, want %d", o.code, code)
	}
	done := code == output.ExitDone
	if found := s.walk(regHost, "app", "1.0"); (found.Digest != "") != done {
		t.Errorf("the tag holds %q, %v", found.Digest, found.Wrong)
	}
	tag := strings.Replace(c.image.Digest, ":", "-", 1)
	got := s.listedUnder(t, regHost, tag)
	if c.asked.Name == "index" {
		s.calm()
		got = s.listedAt(t, regHost, c.image.Digest)
	}
	if done && !c.lacksList() != slices.Contains(got, ours.Digest) {
		t.Errorf("listed are %q, with %q ours", got, ours.Digest)
	}
	if c.tag == "list" && c.asked.Name != "index" && !slices.Contains(got, c.theirs.Digest) {
		t.Errorf("listed are %q, and what others had listed is lost", got)
	}
	if slices.Contains(got, c.image.Digest) {
		t.Errorf("the image itself is listed: %q", got)
	}
	if t.Failed() {
		t.Logf("exit %d after %s\n%s%s", o.code, o.took, o.stdout, o.stderr)
	}
}

// An index with an attestation that names its subject is pushed, whatever the registry says of referrers: the
// attestation is listed where it can be. Where it cannot, a warning says so, and with --strict no tag moves.
func TestOptionalAnswersToSubject(t *testing.T) {
	eachOptional(t, rt.Image{}.Build(), func(t *testing.T, c optionalCase) {
		for _, strict := range []bool{false, true} {
			if strict && !c.lacksList() {
				continue
			}
			c.run(t, rt.Index(false, c.theirs), func(t *testing.T, s *stage) {
				s.registry[otherHost].Push(t, "app", "1.0", c.attested)
				c.answerAsTarget(t, s, s.registry[regHost])
				args := []string{"push", "from-args", "--plain-http", "--platforms", "linux/amd64", "--template", "other.test/app:1.0", "--target", "reg.test/app:1.0"}
				code := output.ExitDone
				if strict {
					args, code = append(args, "--strict"), output.ExitRefused
				}
				o := s.run(t, "", args...)
				if told := strings.Contains(o.stderr, "warning: the referrers of "+c.image.Digest+" were pushed, but could not be listed: "); told != (c.lacksList() && !strict) {
					t.Errorf("a warning: %v", told)
				}
				c.checkTarget(t, s, o, code, c.attested.Children[len(c.attested.Children)-1])
			})
		}
	})
}

// inspect reads no referrers, so no answer of theirs can spoil it.
func TestInspectAsksForNoReferrers(t *testing.T) {
	images := optionalImagesOf(rt.Image{}.Build())
	synctest.Test(t, func(t *testing.T) {
		s := newStage(nil, nil)
		defer s.close()
		g := s.registry[regHost]
		g.Push(t, "app", "1.0", images.attested)
		g.AnswerOptional(s.network.Over(), rt.Stall, rt.Stall)
		for _, args := range [][]string{{}, {"--platform", "linux/amd64"}, {"--format", "json", "--config"}} {
			if o := s.run(t, "", append([]string{"inspect", "--plain-http", "reg.test/app:1.0"}, args...)...); o.code != output.ExitDone {
				t.Errorf("%q: exit %d\n%s", args, o.code, o.stderr)
			}
		}
	})
}

// A registry that denies access to tags that do not exist is named once, however many images are copied from it,
// and with --strict for each image. Without --referrers nobody asks.
func TestHiddenReferrersOfManyImages(t *testing.T) {
	for flags, want := range map[string]struct{ code, warnings, errors int }{
		"--all-tags --referrers":          {output.ExitDone, 1, 0},
		"--all-tags --referrers --strict": {output.ExitDenied, 0, 3},
		"--all-tags":                      {output.ExitDone, 0, 0},
	} {
		t.Run(flags, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(nil, nil)
				defer s.close()
				g := s.registry[regHost]
				for _, tag := range []string{"1.0", "2.0", "3.0"} {
					g.Push(t, "app", tag, rt.Image{Seed: tag}.Build())
				}
				g.AnswerOptional(s.network.Over(), nil, rt.IfMissing(rt.Forbid))
				o := s.run(t, "", append([]string{"copy", "--plain-http", "reg.test/app", "other.test/app"}, strings.Fields(flags)...)...)
				const words = "may have signatures and other referrers that cannot be read"
				warnings := strings.Count(o.stderr, "warning: reg.test/app "+words)
				if o.code != want.code || warnings != want.warnings || strings.Count(o.stderr, words)-warnings < want.errors {
					t.Errorf("exit %d, %d warnings\n%s", o.code, warnings, o.stderr)
				}
			})
		})
	}
}

// What stands in a list of tags and is no tag is named, and the rest is copied.
func TestTagsThatAreNoneAreNotCopied(t *testing.T) {
	for _, filter := range [][]string{nil, {"--tag-filter", "1.*"}} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(nil, nil)
			defer s.close()
			g := s.registry[regHost]
			image := rt.Image{}.Build()
			g.Push(t, "app", "1.0", image)
			g.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/tags/list") {
					return false
				}
				fmt.Fprintf(w, `{"name":"app","tags":["%s","1.0","-ot-1"]}`, image.Digest)
				return true
			})
			o := s.run(t, "", append([]string{"copy", "--plain-http", "--all-tags", "reg.test/app", "other.test/app"}, filter...)...)
			if told := strings.Count(o.stderr, `the list of tags contains "`+image.Digest+`" and 1 more, which are not valid tags: skipped`); o.code != output.ExitDone || told != 1 {
				t.Errorf("exit %d\n%s", o.code, o.stderr)
			}
			if found := s.walk(otherHost, "app", "1.0"); found.Digest != image.Digest {
				t.Errorf("the tag holds %q", found.Digest)
			}
		})
	}
}
