package main

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// inspectCase is a command line of inspect, with what it prints and what it costs.
type inspectCase struct {
	name   string
	image  registrytest.Artifact
	args   string // behind inspect; the image is reg.test/app:1.0
	budget budget
	code   int
	// others are pushed too, by their tags. What names a subject needs none, but gets one.
	others map[string]registrytest.Artifact
	want   []string // parts of stdout
	not    []string // what is not part of stdout
}

// bare leaves the platforms out of what an index will list.
func bare(a registrytest.Artifact) registrytest.Artifact {
	a.Platform = v1.Platform{}
	return a
}

func archImage(architecture string) registrytest.Artifact {
	return registrytest.Image{Architecture: architecture, Layers: 2}.Build()
}

// TestInspectCases runs inspect on images that scripts cannot make, and counts its requests.
func TestInspectCases(t *testing.T) {
	amd64, arm64, riscv64 := archImage("amd64"), archImage("arm64"), archImage("riscv64")
	nested := registrytest.Index(false, arm64, riscv64)
	outer := registrytest.Index(false, amd64, nested)
	noPlatforms := registrytest.Index(false, bare(amd64), bare(arm64))
	cases := []inspectCase{
		{name: "for, chosen by the index", image: registrytest.Index(false, amd64, arm64), args: "--for linux/arm64",
			budget: budget{requests: 2, chain: 2}, want: []string{"Chosen: linux/arm64 " + arm64.Digest}},
		{name: "for, none by the index", image: registrytest.Index(false, amd64, arm64), args: "--for linux/s390x",
			budget: budget{requests: 1, chain: 1}, code: 3, want: []string{"Chosen: none"}},
		{name: "for, chosen by the config", image: noPlatforms, args: "--for linux/amd64",
			budget: budget{requests: 3, chain: 3}, want: []string{"Chosen: linux/amd64 " + amd64.Digest, "containerd tries only the first such entry"}},
		{name: "for, refused by the config", image: noPlatforms, args: "--for linux/arm64",
			budget: budget{requests: 3, chain: 3}, code: 3, want: []string{"its config: the architecture is amd64/v1, the node has arm64/v8"}},
		{name: "for, in a nested index", image: outer, args: "--for linux/riscv64",
			budget: budget{requests: 3, chain: 3}, want: []string{"Chosen: linux/riscv64 " + riscv64.Digest, "In the index " + nested.Digest}},
		{name: "tree, nested", image: outer, args: "--format tree",
			budget: budget{requests: 5, chain: 5}, want: []string{"├── linux/amd64  " + amd64.Digest, "└── an index of its own  " + nested.Digest, "    ├── linux/arm64  " + arm64.Digest, "    └── linux/riscv64  " + riscv64.Digest}},
		{name: "tree, the same index twice", image: registrytest.Index(false, nested, nested), args: "--format tree",
			budget: budget{requests: 4, chain: 4}, want: []string{"├── an index of its own  " + nested.Digest, "└── an index of its own  " + nested.Digest}},
		{name: "JSON without configs", image: amd64, args: "--format json",
			budget: budget{requests: 2, chain: 2}, want: []string{`"totalSize"`}, not: []string{`"config"`}},
		{name: "template without configs", image: registrytest.Index(false, amd64, arm64), args: "--format={{.Digest}}",
			budget: budget{requests: 3, chain: 3}},
		{name: "template with configs", image: registrytest.Index(false, amd64, arm64), args: "--format={{.Image|json}}",
			budget: budget{requests: 5, chain: 4}, want: []string{`"linux/arm64":{`}},
		{name: "labels of an index", image: registrytest.Index(false, amd64, arm64), args: "--format labels",
			budget: budget{requests: 5, chain: 4}},
		{name: "config of a single image", image: amd64, args: "--format config",
			budget: budget{requests: 2, chain: 2}, want: []string{`"architecture":"amd64"`}},
	}
	cases = append(cases, referrerCases(t)...)
	cases = append(cases, statementCases()...)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
}

func (c inspectCase) run(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(scenario{options: registrytest.Options{Latency: 50 * time.Millisecond, Referrers: true}}.hostOptions(), nil)
		defer s.close()
		s.network.Latency = 50 * time.Millisecond
		s.registry[regHost].Push(t, "app", "1.0", c.image)
		for tag, other := range c.others {
			s.registry[regHost].Push(t, "app", tag, other)
		}
		args := append([]string{"--plain-http", "inspect"}, strings.Fields(c.args)...)
		o := s.run(t, "", append(args, "reg.test/app:1.0")...)
		if o.code != c.code {
			t.Fatalf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(o.stdout, want) {
				t.Errorf("stdout has no %q:\n%s", want, o.stdout)
			}
		}
		for _, not := range c.not {
			if strings.Contains(o.stdout, not) {
				t.Errorf("stdout has %q:\n%s", not, o.stdout)
			}
		}
		if strings.Contains(c.args, "json") && c.code == 0 && !json.Valid([]byte(o.stdout)) {
			t.Errorf("no JSON: %s", o.stdout)
		}
		c.budget.check(t, s.requests(), o)
	})
}

// certificateOf makes a certificate of a name, in PEM and base64.
func certificateOf(t *testing.T, name string) (text, encoded string) {
	t.Helper()
	raw, _ := registrytest.NewAuthority(t).Issue(t, name)
	block, _ := pem.Decode(raw)
	return string(raw), base64.StdEncoding.EncodeToString(block.Bytes)
}

// referrerCases have signatures of cosign and sigstore.
func referrerCases(t *testing.T) []inspectCase {
	amd64, arm64 := archImage("amd64"), archImage("arm64")
	attested := registrytest.Attested(arm64)
	index := registrytest.Index(false, amd64, arm64)
	certificate, encoded := certificateOf(t, "ci.example.com")
	bundle := registrytest.Refer(describeArtifact(index), "application/vnd.dev.sigstore.bundle.v0.3+json",
		`{"verificationMaterial":{"certificate":{"rawBytes":"`+encoded+`"}}}`)
	signed := map[string]registrytest.Artifact{
		"bundle": bundle,
		strings.Replace(amd64.Digest, ":", "-", 1) + ".sig": registrytest.CertifiedSignature(certificate, "one"),
		strings.Replace(arm64.Digest, ":", "-", 1) + ".att": registrytest.Signature("two"),
	}
	nested := registrytest.Index(false, amd64, registrytest.Index(false, arm64))
	return []inspectCase{
		{name: "referrers as text", image: index, args: "--referrers", others: signed, budget: budget{requests: 34, chain: 12},
			want: []string{" * 3 referrers:\n", "TYPE  ", "SIGNER (UNVERIFIED)\n",
				"application/vnd.dev.sigstore.bundle.v0.3+json  the index ", bundle.Digest + "  ci.example.com\n",
				"cosign signature                               linux/amd64 ", "cosign attestation                             linux/arm64 "}},
		{name: "referrers as JSON", image: index, args: "--referrers --format json", others: signed, budget: budget{requests: 34, chain: 12},
			want: []string{`"subject": "` + index.Digest + `"`, `"tag": "sha256-` + amd64.Digest[7:] + `.sig"`, `"identity": "ci.example.com"`, `"verified": false`}, not: []string{`"verified": true`}},
		{name: "referrers in a tree", image: index, args: "--referrers --format tree", others: signed, budget: budget{requests: 34, chain: 12},
			want: []string{"└── 3 referrers\n", "of the index  signer (unverified): ci.example.com\n", "    └── cosign attestation  "}},
		{name: "no referrers", image: index, args: "--referrers", budget: budget{requests: 18, chain: 8}, want: []string{" * 0 referrers:\n"}},
		{name: "attestations of the index are no referrers", image: attested, args: "--referrers", budget: budget{requests: 18, chain: 8}, want: []string{" * 0 referrers:\n"}},
		{name: "digests", image: nested, args: "--digests", budget: budget{requests: 2, chain: 2},
			want: []string{strings.Join([]string{nested.Digest, amd64.Digest, nested.Children[1].Digest, arm64.Digest}, "\n") + "\n"}},
		{name: "digests of a single image", image: amd64, args: "--digests", budget: budget{requests: 1, chain: 1}, want: []string{amd64.Digest + "\n"}},
		{name: "digests and blobs", image: index, args: "--digests --blobs", budget: budget{requests: 3, chain: 3},
			want: []string{index.Digest + "\n" + amd64.Digest + "\n", "\n" + arm64.Digest + "\n"}},
		{name: "digests and referrers", image: index, args: "--digests --referrers", others: signed, budget: budget{requests: 32, chain: 12},
			want: []string{bundle.Digest + "\n", signed["bundle"].Digest + "\n"}},
		{name: "digests of a platform", image: index, args: "--digests --blobs --platform linux/arm64", budget: budget{requests: 3, chain: 3},
			want: []string{arm64.Digest + "\n"}, not: []string{amd64.Digest, index.Digest}},
	}
}

func describeArtifact(a registrytest.Artifact) v1.Descriptor {
	digest, err := v1.NewHash(a.Digest)
	if err != nil {
		panic(err)
	}
	return v1.Descriptor{MediaType: types.MediaType(a.MediaType), Digest: digest, Size: int64(len(a.Manifest))}
}

// All digests that a walk of the test's own finds are printed, each once.
func TestDigestsAreComplete(t *testing.T) {
	image, other := archImage("amd64"), archImage("arm64")
	index := registrytest.Index(false, image, registrytest.Index(false, other, image), registrytest.Attested(other))
	want := map[string]bool{}
	var walk func(registrytest.Artifact)
	walk = func(a registrytest.Artifact) {
		want[a.Digest] = true
		for digest := range a.Blobs {
			want[digest] = true
		}
		for _, child := range a.Children {
			walk(child)
		}
	}
	walk(index)
	synctest.Test(t, func(t *testing.T) {
		s := newStage(scenario{}.hostOptions(), nil)
		defer s.close()
		s.registry[regHost].Push(t, "app", "1.0", index)
		o := s.run(t, "", "--plain-http", "inspect", "--digests", "--blobs", "reg.test/app:1.0", "reg.test/app:1.0")
		lines := strings.Fields(o.stdout)
		for _, line := range lines {
			if !want[line] {
				t.Errorf("%s is printed twice, or not a part of the image", line)
			}
			delete(want, line)
		}
		if o.code != 0 || len(want) > 0 {
			t.Errorf("exit %d, and %d digests are missing: %v\n%s", o.code, len(want), want, o.stderr)
		}
	})
}

// statementCases have attestations of BuildKit and cosign.
func statementCases() []inspectCase {
	amd64 := archImage("amd64")
	statements := map[string]string{
		"https://slsa.dev/provenance/v1": `{"predicateType":"https://slsa.dev/provenance/v1","predicate":{"buildDefinition":{"resolvedDependencies":[{},{}]},
			"runDetails":{"builder":{"id":"https://ci.example/7"},"metadata":{"buildkit_metadata":{"vcs":{"source":"https://git.example/app","revision":"0123"}}}}}}`,
		"https://spdx.dev/Document": `{"predicateType":"https://spdx.dev/Document","predicate":{"packages":[{},{},{}]}}`,
		"https://example.com/bad":   `{"predicate":`,
	}
	image := registrytest.AttestedBy(amd64, statements)
	said := "builder https://ci.example/7, source https://git.example/app, revision 0123, 2 materials"
	envelope := `{"payloadType":"application/vnd.in-toto+json","payload":"` + base64.StdEncoding.EncodeToString([]byte(statements["https://spdx.dev/Document"])) + `"}`
	signed := map[string]registrytest.Artifact{"att": registrytest.Refer(describeArtifact(amd64), "application/vnd.dsse.envelope.v1+json", envelope)}
	return []inspectCase{
		{name: "predicates cost nothing", image: image, budget: budget{requests: 3, chain: 3}, args: "--format text",
			want: []string{" * Attestations (unverified):\n   linux/amd64  https://example.com/bad\n   linux/amd64  https://slsa.dev/provenance/v1\n   linux/amd64  https://spdx.dev/Document\n"}},
		{name: "statements", image: image, budget: budget{requests: 6, chain: 6}, args: "--statements",
			want: []string{"https://example.com/bad         not an in-toto statement\n", said + "\n", "https://spdx.dev/Document       3 packages\n"}},
		{name: "a statement that is too large", image: registrytest.AttestedBy(amd64, map[string]string{"https://spdx.dev/Document": strings.Repeat(" ", 16<<20+1)}),
			budget: budget{requests: 3, chain: 3}, args: "--statements", want: []string{"https://spdx.dev/Document  larger than the limit of 16 MiB\n"}},
		{name: "statements as JSON", image: image, budget: budget{requests: 6, chain: 6}, args: "--statements --format json",
			want: []string{`"packages": 3`, `"builder": "https://ci.example/7"`, `"materials": 2`, `"problem": "not an in-toto statement"`}},
		{name: "statements in a tree", image: image, budget: budget{requests: 6, chain: 6}, args: "--statements --format tree",
			want: []string{"        │   └── unverified: " + said + "\n"}},
		{name: "statements of referrers", image: amd64, others: signed, budget: budget{requests: 15, chain: 9}, args: "--statements --referrers",
			want: []string{" * Statements of the referrers (unverified):\n   the image  https://spdx.dev/Document  3 packages\n"}},
	}
}

// A registry that denies access to tags that do not exist may hide referrers: a warning and the JSON say so.
func TestInspectNamesHiddenReferrers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(nil, nil)
		defer s.close()
		s.registry[regHost].Push(t, "app", "1.0", archImage("amd64"))
		s.registry[regHost].AnswerOptional(s.network.Over(), nil, registrytest.IfMissing(registrytest.Forbid))
		o := s.run(t, "", "--plain-http", "inspect", "--referrers", "--format", "json", "reg.test/app:1.0")
		if o.code != 0 || !strings.Contains(o.stderr, "warning: reg.test/app:1.0 may have signatures and other referrers that cannot be read: ") || !strings.Contains(o.stdout, `"hiddenReferrers": "`) {
			t.Errorf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
		}
	})
}

// Referrers that are not what the registry says: the image is shown with the others, and the command fails. A list of the
// digests that a clean-up keeps is not printed, because it would lack some.
func TestInspectWithBrokenReferrers(t *testing.T) {
	image, other := archImage("amd64"), archImage("arm64")
	good := registrytest.ReferTo(image, "good")
	lost := registrytest.Index(false, archImage("s390x")) // an index whose child does not exist
	chain := []registrytest.Artifact{registrytest.ReferTo(image, "0")}
	for i := range 6 {
		chain = append(chain, registrytest.ReferTo(chain[i], fmt.Sprint(i+1)))
	}
	for name, test := range map[string]struct {
		bad  registrytest.Artifact
		more []registrytest.Artifact // refer to one another
		want string
	}{
		"another subject": {bad: registrytest.ReferTo(other, "about another image"), want: "its subject is another manifest"},
		"no subject":      {bad: lost, want: lost.Digest},
		"a long chain":    {bad: chain[0], more: chain[1:], want: "more than 4 levels of referrers of referrers"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(scenario{options: registrytest.Options{Unchecked: true}}.hostOptions(), nil)
			defer s.close()
			g := s.registry[regHost]
			g.Push(t, "app", "other", other)
			g.Push(t, "app", "1.0", image)
			list := func(subject registrytest.Artifact, referrers ...registrytest.Artifact) {
				g.Push(t, "app", strings.Replace(subject.Digest, ":", "-", 1), registrytest.Index(false, referrers...))
			}
			list(image, test.bad, good)
			for i, referrer := range test.more {
				list(chain[i], referrer)
			}
			if name == "no subject" {
				g.DeleteManifest("app", archImage("s390x").Digest)
			}
			o := s.run(t, "", "--plain-http", "inspect", "--referrers", "reg.test/app:1.0")
			if o.code != 5 || !strings.Contains(o.stderr, test.want) || !strings.Contains(o.stdout, "Digest: "+image.Digest) || !strings.Contains(o.stdout, good.Digest) {
				t.Errorf("%s: exit %d\n%s%s", name, o.code, o.stdout, o.stderr)
			}
			o = s.run(t, "", "--plain-http", "inspect", "--referrers", "--digests", "reg.test/app:1.0")
			if o.code != 5 || o.stdout != "" {
				t.Errorf("%s, digests: exit %d\n%s%s", name, o.code, o.stdout, o.stderr)
			}
		})
	}
}

// A referrer that is listed and does not exist is named, and is no failure.
func TestInspectNamesGoneReferrers(t *testing.T) {
	image := archImage("amd64")
	gone := registrytest.ReferTo(image, "gone")
	list := registrytest.Index(false, gone)
	synctest.Test(t, func(t *testing.T) {
		s := newStage(scenario{options: registrytest.Options{Unchecked: true}}.hostOptions(), nil)
		defer s.close()
		g := s.registry[regHost]
		g.Push(t, "app", "1.0", image)
		g.Push(t, "app", strings.Replace(image.Digest, ":", "-", 1), list)
		g.DeleteManifest("app", gone.Digest)
		o := s.run(t, "", "--plain-http", "inspect", "--referrers", "reg.test/app:1.0")
		if o.code != 0 || !strings.Contains(o.stderr, "the registry lists the referrer "+gone.Digest+", but the repository does not contain it") || !strings.Contains(o.stdout, " * 0 referrers:") {
			t.Errorf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
		}
	})
}
