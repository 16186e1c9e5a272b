package planfile

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

var update = flag.Bool("update", false, "write the golden plan file")

func placeAt(t testing.TB, text string) spec.Place {
	t.Helper()
	ref, err := spec.ParseReference(text)
	if err != nil {
		t.Fatal(err)
	}
	return ref.Place
}

func descriptorOf(text string) v1.Descriptor {
	return v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: registry.DigestOf([]byte(text)), Size: int64(len(text))}
}

// examplePlan is a plan with all that a plan may have: an image from another registry, one from the same registry, one
// that is there, with an attestation, tags of all kinds, a referrer and a signature.
func examplePlan(t testing.TB) plan.Plan {
	t.Helper()
	target := placeAt(t, "registry.example/app")
	platforms := []v1.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "windows", Architecture: "amd64", OSVersion: "10.0.17763.1"}, {OS: "linux", Architecture: "arm", Variant: "v7"}}
	x := index.New(types.OCIImageIndex)
	var entries []plan.Entry
	for i, from := range []string{"other.example/build", "registry.example/build", "oci-layout:out"} {
		d := descriptorOf(from)
		d.Platform = &platforms[i]
		e := index.NewEntry(d)
		if _, err := x.Add(e, map[string]string{"<key>": "value"}); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, plan.Entry{Entry: e, Source: from + ":1.0", From: placeAt(t, from), Copy: i < 2, Blobs: []v1.Descriptor{descriptorOf(from + " config"), descriptorOf("layer")}})
	}
	m, err := x.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	listed, err := index.Parse(m)
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		entries[i].Descriptor = listed.Entries[i].Descriptor
	}
	digest := func(text string) v1.Hash { return registry.DigestOf([]byte(text)) }
	about := descriptorOf("about")
	referrer := plan.PlannedReferrer{Needed: true, Entry: plan.Entry{Entry: index.NewEntry(about), Source: "other.example/build@" + about.Digest.String(), From: placeAt(t, "other.example/build"), Copy: true, RefersTo: m.Digest}}
	referrer.Subject = m.Digest
	signature := referrer
	signature.Descriptor, signature.RefersTo, signature.Subject = descriptorOf("signature"), v1.Hash{}, entries[0].Descriptor.Digest
	signature.TagUpdate = &plan.TagUpdate{Tag: strings.Replace(signature.Subject.String(), ":", "-", 1) + ".sig", To: signature.Descriptor.Digest, Needed: true}
	loses := true
	return plan.Plan{
		Target: target, Index: m, Entries: entries, Referrers: []plan.PlannedReferrer{referrer, signature},
		TagUpdates: []plan.TagUpdate{
			{Tag: "1.0", From: digest("old"), To: m.Digest, Needed: true, Held: &plan.HeldImage{Platforms: platforms}, Lost: platforms[2:], LosesReferrers: &loses},
			{Tag: "latest", To: m.Digest, Needed: true},
			{Tag: "same", From: m.Digest, To: m.Digest},
			{Tag: "1.0-arm", From: digest("image"), To: entries[2].Descriptor.Digest, Needed: true, Platform: &platforms[2]},
		},
		Skipped: []string{"other.example/gone:1.0"},
		Changes: []index.Change{{What: "added", Platform: platforms[0], To: digest("a")}, {What: "type"}},
	}
}

func encoded(t testing.TB, plans ...plan.Plan) []byte {
	t.Helper()
	d := New(Options{Strict: true}, false)
	for _, p := range plans {
		d.Add([]plan.TargetPlan{{Plan: p}})
	}
	raw, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestGolden holds the format: other programs read it.
func TestGolden(t *testing.T) {
	const file = "testdata/plan.json"
	got := encoded(t, examplePlan(t))
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the plan file is another one:\n%s", cmp.Diff(string(want), string(got)))
	}
}

// TestDecode reads back what was written. Of what a tag held, the texts of platforms are left.
func TestDecode(t *testing.T) {
	want := examplePlan(t)
	held := []v1.Platform{{OS: "linux/amd64"}, {OS: "windows/amd64:10.0.17763.1"}, {OS: "linux/arm/v7"}}
	f, err := Decode(encoded(t, want))
	if err != nil {
		t.Fatal(err)
	}
	want.TagUpdates[0].Held, want.TagUpdates[0].Lost = &plan.HeldImage{Platforms: held}, held[2:]
	if f.Options != (Options{Strict: true}) || len(f.Images) != 1 || len(f.Images[0]) != 1 {
		t.Fatalf("%+v", f)
	}
	if diff := cmp.Diff(want, f.Images[0][0].Plan, cmpopts.EquateComparable(spec.Place{}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(index.Entry{}, "Raw")); diff != "" {
		t.Errorf("the plan that is read back (-written +read):\n%s", diff)
	}
}

// TestDecodeOtherPlans reads back plans of other shapes.
func TestDecodeOtherPlans(t *testing.T) {
	for name, change := range map[string]func(*plan.Plan){
		"force": func(p *plan.Plan) {
			p.Force = true
			p.TagUpdates[2].Needed = true
		},
		"split":   func(p *plan.Plan) { p.Split, p.TagUpdates = true, p.TagUpdates[3:] },
		"no tags": func(p *plan.Plan) { p.TagUpdates = nil },
		"a layout": func(p *plan.Plan) {
			p.Target = placeAt(t, `oci-layout:C:\dir\out`)
			p.TagUpdates[0].Tag = "registry.example/app:1.0"
		},
		"Docker Hub": func(p *plan.Plan) {
			p.Target, p.Entries[0].From, p.Entries[0].Source = placeAt(t, "ubuntu"), placeAt(t, "acme/app"), "acme/app:<1>\u2028"
		},
		"strange paths": func(p *plan.Plan) {
			p.Target, p.Entries[0].From = placeAt(t, "oci-archive:a::b.tar"), placeAt(t, "docker-archive:dir@sha256/x.tar")
		},
		"an image": func(p *plan.Plan) {
			p.Index = registry.NewManifest(types.OCIManifestSchema1, []byte(`{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}`))
			p.Entries, p.Referrers, p.TagUpdates = p.Entries[:1], nil, p.TagUpdates[:1]
			p.Entries[0].Descriptor, p.TagUpdates[0].To = p.Index.Descriptor(), p.Index.Digest
		},
		"a covered signature": func(p *plan.Plan) {
			r := &p.Referrers[1]
			r.Covered, r.Copy, r.Needed, r.TagUpdate.Needed, r.TagUpdate.From = true, false, false, false, p.Index.Digest
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := examplePlan(t)
			change(&p)
			raw := encoded(t, p)
			f, err := Decode(raw)
			if err != nil {
				t.Fatalf("%v\n%s", err, raw)
			}
			if again := encoded(t, f.Images[0][0].Plan); !bytes.Equal(raw, again) {
				t.Error(cmp.Diff(string(raw), string(again)))
			}
		})
	}
}

// TestTampered changes a plan file in one place.
func TestTampered(t *testing.T) {
	good := string(encoded(t, examplePlan(t)))
	one, two := registry.DigestOf([]byte("other.example/build")).String(), registry.DigestOf([]byte("registry.example/build")).String()
	evil := registry.DigestOf([]byte("evil")).String()
	index := examplePlan(t).Index.Digest.String()
	for _, c := range []struct{ name, old, new, want string }{
		{"another format", "manifest-tool.plan/v1", "manifest-tool.plan/v2", `its format is manifest-tool.plan/v2, and this version of manifest-tool knows manifest-tool.plan/v1 only`},
		{"another schema", "manifest-tool.plan/v1", "manifest-tool.push/v1", `a plan file comes from manifest-tool plan`},
		{"no JSON", "{", "[", "it is not JSON of a plan"},
		{"an unknown field", `"totals": {`, `"approved": true, "totals": {`, `unknown field "approved"`},
		{"text behind it", "", "", "after top-level value"},
		{"another case of a key", `"target": "registry`, `"Target": "registry`, "its keys are not those"},
		{"a key twice", `"target": "registry.example/app"`, `"target": "registry.example/app", "target": "registry.example/app"`, "its keys are not those"},
		{"bytes of another index", `v1+json\",\"`, `v1+json\", \"`, "the bytes of the index have the digest sha256:"},
		{"another media type", "\"mediaType\": \"application/vnd.oci.image.index.v1+json\",\n      \"platforms\"", "\"mediaType\": \"application/vnd.docker.distribution.manifest.list.v2+json\",\n      \"platforms\"", "the manifest is declared as"},
		{"another size", `"size": ` + sizeOf(t), `"size": 1`, "images[0].size does not follow"},
		{"no index", "", "", "not a valid manifest"},
		{"another platform", `"windows/amd64:10.0.17763.1",` + "\n        \"linux/arm/v7\"\n      ],\n      \"index\"", `"linux/arm/v7"` + "\n      ],\n      \"index\"", "images[0].platforms does not follow"},
		{"a tag elsewhere", `"to": "` + index, `"to": "` + evil, "is not the index"},
		{"an invalid tag", `"tag": "latest"`, `"tag": "../latest"`, "a tag has at most 128 letters"},
		{"a tag twice", `"tag": "latest"`, `"tag": "1.0"`, "tag 1.0 is there twice"},
		{"another action of a tag", `"action": "created"`, `"action": "unchanged"`, "tag latest: it is not unchanged"},
		{"another action", `"action": "moved"`, `"action": "created"`, "tags[0].action does not follow"},
		{"rewritten without force", `"action": "unchanged"`, `"action": "rewritten"`, "tag same: it is not rewritten"},
		{"another algorithm", `"from": "sha256:`, `"from": "sha512:` + strings.Repeat("0", 64), "sha256 digests only"},
		{"no digest", `"from": "sha256:`, `"from": "md5:`, "unsupported hash"},
		{"a platform tag of another image", `"platform": "linux/arm/v7"`, `"platform": "linux/s390x"`, "the plan has no image"},
		{"a child that is not listed", `"digest": "` + two, `"digest": "` + evil, "expected a name with the digest"},
		{"another source digest", `"source": "other.example/build@` + one, `"source": "other.example/build@` + evil, "expected a name with the digest"},
		{"a source with a tag", `"source": "other.example/build@`, `"source": "other.example/build:1.0@`, "without a tag"},
		{"an invalid source", `"source": "other.example/build@`, `"source": "https://other.example/build@`, "remove https://"},
		{"another size of a child", `"size": 19,`, `"size": 20,`, "the index lists it as 19 bytes"},
		{"an unknown kind", `"kind": "image"`, `"kind": "picture"`, `kind "picture" is not known`},
		{"another way", `"action": "stream"`, `"action": "mount"`, "manifests[0].action does not follow"},
		{"less bytes", `"bytes": 31`, `"bytes": 1`, "manifests[0].bytes does not follow"},
		{"a negative blob", `"size": 26,`, `"size": -26,`, "has a size of -26 bytes"},
		{"less bytes in total", "bytes\": {\n      \"atLeast\": 0,\n      \"atMost\": ", "bytes\": {\n      \"atLeast\": 0,\n      \"atMost\": 1", "totals.bytes.atMost does not follow"},
		{"an invalid target", `"target": "registry.example/app"`, `"target": "registry.example/app:1.0"`, "expected a place without tag and digest"},
		{"another spelling of the target", `"target": "registry.example/app"`, `"target": "REGISTRY.example/app"`, "expected a place without tag and digest"},
		{"a docker archive", `"target": "registry.example/app"`, `"target": "docker-archive:app.tar"`, "cannot write docker archives"},
		{"another signature", `"tag": "sha256-`, `"tag": "sha256-` + "\u202e", "a tag has at most"},
		{"a signature that is moved in silence", ".sig\",\n                \"action\": \"created\"", ".sig\",\n                \"action\": \"unchanged\"", "it is not unchanged"},
		{"no images", "", "", "it has no images"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := strings.Replace(good, c.old, c.new, 1)
			switch c.name {
			case "text behind it":
				changed = good + "{}"
			case "no images":
				changed = string(encoded(t))
			case "no index":
				p := examplePlan(t)
				p.Index.Bytes = nil
				changed = string(encoded(t, p))
			}
			if changed == good {
				t.Fatalf("%q is not in\n%s", c.old, good)
			}
			_, err := Decode([]byte(changed))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	t.Run("a tag of two images", func(t *testing.T) {
		other := examplePlan(t)
		other.Index = registry.NewManifest(types.OCIImageIndex, append(bytes.Clone(other.Index.Bytes), '\n'))
		other.Referrers = nil
		for i := range other.TagUpdates[:3] {
			other.TagUpdates[i].To = other.Index.Digest
		}
		other.TagUpdates[2].From = other.Index.Digest
		if _, err := Decode(encoded(t, examplePlan(t), other)); err == nil || !strings.Contains(err.Error(), "it sets registry.example/app:1.0 to sha256:") {
			t.Error(err)
		}
	})
	t.Run("images for other platforms than the index says", func(t *testing.T) {
		for _, change := range []func(*plan.Entry){
			func(e *plan.Entry) { e.Platform.Architecture = "riscv64" },
			func(e *plan.Entry) { e.Platform = v1.Platform{} },
			func(e *plan.Entry) { e.Kind, e.Subject = "attestation", registry.DigestOf([]byte("subject")) },
		} {
			p := examplePlan(t)
			change(&p.Entries[0])
			if _, err := Decode(encoded(t, p)); err == nil || !strings.Contains(err.Error(), "the index lists it for linux/amd64") {
				t.Error(err)
			}
		}
	})
	t.Run("a manifest less", func(t *testing.T) {
		p := examplePlan(t)
		p.Entries, p.TagUpdates = p.Entries[:2], p.TagUpdates[:3]
		if _, err := Decode(encoded(t, p)); err == nil || !strings.Contains(err.Error(), "which the plan does not have") {
			t.Error(err)
		}
	})
	t.Run("a target twice", func(t *testing.T) {
		d := New(Options{}, false)
		d.Add([]plan.TargetPlan{{Plan: examplePlan(t)}, {Plan: examplePlan(t)}})
		raw, err := d.Encode()
		if err == nil {
			_, err = Decode(raw)
		}
		if err == nil || !strings.Contains(err.Error(), "is there twice") {
			t.Error(err)
		}
	})
}

func sizeOf(t *testing.T) string {
	_, rest, _ := strings.Cut(string(encoded(t, examplePlan(t))), `"size": `)
	size, _, _ := strings.Cut(rest, ",")
	return size
}

// TestFormatted reads a file that another program has formatted. Numbers of requests depend on the version.
func TestFormatted(t *testing.T) {
	good := encoded(t, examplePlan(t))
	for _, old := range []string{"\n", "  "} {
		if _, err := Decode(bytes.ReplaceAll(good, []byte(old), nil)); err != nil {
			t.Error(err)
		}
	}
	// jq and others write the characters themselves that Encode escapes
	strange := examplePlan(t)
	strange.Entries[0].Source = "other.example/build:\u202e1.0\u2028"
	escaped := string(encoded(t, strange))
	if !strings.Contains(escaped, `build:\u202e1.0\u2028"`) {
		t.Error(escaped)
	}
	if _, err := Decode([]byte(strings.NewReplacer(`\u202e`, "\u202e", `\u2028`, "\u2028").Replace(escaped))); err != nil {
		t.Error(err)
	}
	other := strings.ReplaceAll(string(good), `"atLeast": 36`, `"atLeast": 35`)
	if other == string(good) {
		t.Fatal(other)
	}
	if _, err := Decode([]byte(other)); err != nil {
		t.Error(err)
	}
}

// FuzzDecode holds that a file that is read writes the manifests that it names, and is written the same again.
func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, examplePlan(f)))
	f.Add([]byte(`{"schema": "manifest-tool.plan/v1", "images": [], "totals": {}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := Decode(raw)
		if err != nil {
			return
		}
		for _, plans := range file.Images {
			for _, p := range plans {
				checkPlan(t, p.Plan)
			}
		}
	})
}

func checkPlan(t *testing.T, p plan.Plan) {
	if registry.DigestOf(p.Index.Bytes) != p.Index.Digest {
		t.Errorf("the bytes of the index are not %s", p.Index.Digest)
	}
	there := map[v1.Hash]bool{p.Index.Digest: true}
	for _, e := range p.Entries {
		there[e.Descriptor.Digest] = true
	}
	for _, u := range p.TagUpdates {
		if !there[u.To] || spec.CheckLayoutName(u.Tag) != nil {
			t.Errorf("tag %q gets %s", u.Tag, u.To)
		}
	}
	_, manifests, err := registry.References(p.Index)
	for _, d := range manifests {
		if !there[d.Digest] {
			t.Errorf("the index lists %s", d.Digest)
		}
	}
	if err != nil {
		t.Error(err)
	}
	p.Estimate()
}
