package diff

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

func digest(word string) v1.Hash { return registry.DigestOf([]byte(word)) }

// entry is an entry of an index as JSON. Its digest is that of a word.
func entry(word, more string) string {
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d%s}`, types.OCIManifestSchema1, digest(word), 100+len(word), more)
}

func image(word, architecture string) string {
	return entry(word, `,"platform":{"architecture":"`+architecture+`","os":"linux"}`)
}

func attestation(word, of string) string {
	return entry(word, `,"annotations":{"vnd.docker.reference.type":"attestation-manifest","vnd.docker.reference.digest":"`+digest(of).String()+`"},"platform":{"architecture":"unknown","os":"unknown"}`)
}

// indexOf is an index with entries, and with more fields.
func indexOf(t *testing.T, more string, entries ...string) plan.Inspection {
	t.Helper()
	m := registry.NewManifest(types.OCIImageIndex, []byte(`{"schemaVersion":2,"manifests":[`+strings.Join(entries, ",")+`]`+more+`}`))
	x, err := index.Parse(m)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		t.Fatal(err)
	}
	i := plan.Inspection{Manifest: m, Annotations: doc.Annotations}
	for _, e := range x.Entries {
		i.Entries = append(i.Entries, plan.InspectedEntry{Entry: e})
	}
	return i
}

// summary is a difference in a short form. Digests are the words that they were made of.
func summary(d Difference, words ...string) []string {
	out := lines(d.Changes)
	if d.Reordered {
		out = append(out, "reordered")
	}
	for _, e := range d.Entries {
		text := string(e.Kind)
		if e.Platform.Architecture != "" {
			text += " " + e.Platform.Architecture
		}
		if e.A != nil {
			text += " -" + e.A.Descriptor.Digest.String()
		}
		if e.B != nil {
			text += " +" + e.B.Descriptor.Digest.String()
		}
		for _, line := range lines(e.Changes) {
			text += " " + line
		}
		for _, a := range e.Attached {
			text += fmt.Sprintf(" [%s %s new=%t]", a.Kind, a.Digest, a.IsNew)
		}
		out = append(out, text)
	}
	out = append(out, fmt.Sprintf("%d unchanged", d.Unchanged))
	if !d.Same() && !d.IsExplained() {
		out = append(out, "not explained")
	}
	for i := range out {
		for _, word := range words {
			out[i] = strings.ReplaceAll(out[i], digest(word).String(), word)
		}
	}
	return out
}

func TestCompare(t *testing.T) {
	amd, arm := image("amd", "amd64"), image("arm", "arm64")
	for name, test := range map[string]struct {
		a, b []string // the first is more of the index
		want []string
	}{
		"equal":                  {[]string{"", amd, arm}, []string{"", amd, arm}, []string{"2 unchanged"}},
		"white space":            {[]string{"", amd, arm}, []string{" ", amd, arm}, []string{"2 unchanged", "not explained"}},
		"annotations":            {[]string{`,"annotations":{"a":"1","b":"2"}`, amd}, []string{`,"annotations":{"b":"3","c":"4"}`, amd}, []string{"-annotation a=1", "~annotation b=2>3", "+annotation c=4", "1 unchanged"}},
		"a field of the index":   {[]string{"", amd}, []string{`,"artifactType":"x/y"`, amd}, []string{"+artifactType=x/y", "1 unchanged"}},
		"added and removed":      {[]string{"", amd}, []string{"", arm}, []string{"image arm64 +arm", "image amd64 -amd", "0 unchanged"}},
		"replaced":               {[]string{"", amd, arm}, []string{"", image("amd2", "amd64"), arm}, []string{"image amd64 -amd +amd2", "1 unchanged"}},
		"the order":              {[]string{"", amd, arm}, []string{"", arm, amd}, []string{"reordered", "2 unchanged"}},
		"arm64 is arm64/v8":      {[]string{"", arm}, []string{"", entry("arm2", `,"platform":{"architecture":"arm64","os":"linux","variant":"v8"}`)}, []string{"image arm64 -arm +arm2 ~platform=linux/arm64>linux/arm64/v8", "0 unchanged"}},
		"one image, two entries": {[]string{"", amd}, []string{"", amd, entry("amd", `,"platform":{"architecture":"amd64","os":"linux","variant":"v3"}`)}, []string{"image amd64 +amd", "1 unchanged"}},
		"another platform":       {[]string{"", amd}, []string{"", image("amd", "arm64")}, []string{"image arm64 -amd +amd ~platform=linux/amd64>linux/arm64", "0 unchanged"}},
		"a descriptor's fields": {[]string{"", entry("x", `,"annotations":{"a":"1"},"platform":{"architecture":"amd64","os":"linux"}`)}, []string{"", entry("x", `,"platform":{"architecture":"amd64","os":"linux"},"urls":["u"]`)},
			[]string{`image amd64 -x +x -annotation a=1 +urls=["u"]`, "0 unchanged"}},
		"attestations follow their image": {[]string{"", amd, attestation("sbom", "amd")}, []string{"", image("amd2", "amd64"), attestation("sbom2", "amd2")},
			[]string{"image amd64 -amd +amd2 [attestation sbom new=false] [attestation sbom2 new=true]", "0 unchanged"}},
		"an attestation more":      {[]string{"", amd}, []string{"", amd, attestation("sbom", "amd")}, []string{"image amd64 -amd +amd [attestation sbom new=true]", "0 unchanged"}},
		"an attestation of nobody": {[]string{"", amd}, []string{"", amd, attestation("sbom", "gone")}, []string{"attestation +sbom", "1 unchanged"}},
		"two copies of a platform": {
			[]string{"", amd, entry("zstd", `,"annotations":{"zstd":"true"},"platform":{"architecture":"amd64","os":"linux"}`)},
			[]string{"", entry("zstd2", `,"annotations":{"zstd":"true"},"platform":{"architecture":"amd64","os":"linux"}`), image("amd2", "amd64")},
			[]string{"reordered", "image amd64 -zstd +zstd2", "image amd64 -amd +amd2", "0 unchanged"},
		},
		"artifacts by digest": {[]string{"", entry("chart", `,"artifactType":"x/chart"`)}, []string{"", entry("chart2", `,"artifactType":"x/chart"`)}, []string{"artifact +chart2", "artifact -chart", "0 unchanged"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Compare(indexOf(t, test.a[0], test.a[1:]...), indexOf(t, test.b[0], test.b[1:]...))
			if diff := cmp.Diff(test.want, summary(got, "amd2", "amd", "arm2", "arm", "x", "sbom2", "sbom", "zstd2", "zstd", "chart2", "chart")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// single is a single image.
func single(word, architecture string, annotations map[string]string) plan.Inspection {
	details := imageOf(`{"architecture":"` + architecture + `","os":"linux"}`)
	details.Platform, details.Annotations = v1.Platform{OS: "linux", Architecture: architecture}, annotations
	return plan.Inspection{Manifest: registry.NewManifest(types.OCIManifestSchema1, []byte(`{"x":"`+word+`"}`)), Image: &details, Annotations: annotations}
}

func TestCompareSingle(t *testing.T) {
	// two single images are a pair, whatever their platforms are
	d := Compare(single("a", "amd64", map[string]string{"k": "1"}), single("b", "arm64", map[string]string{"k": "2"}))
	if diff := cmp.Diff([]string{"~annotation k=1>2", "~x=a>b"}, lines(d.Changes)); diff != "" {
		t.Error(diff)
	}
	if len(d.Entries) != 1 || d.Entries[0].Image == nil {
		t.Fatalf("%+v", d.Entries)
	}
	if diff := cmp.Diff([]string{"~architecture=amd64>arm64"}, lines(d.Entries[0].Image.Config)); diff != "" {
		t.Error(diff)
	}
	if got := d.Entries[0].Image.Manifest; got != nil {
		t.Errorf("the annotations are reported twice: %q", lines(got))
	}
	// the root says all
	d = Compare(single("a", "amd64", map[string]string{"k": "1"}), single("b", "amd64", map[string]string{"k": "2"}))
	if len(d.Entries) != 0 || d.Unchanged != 0 || !d.IsExplained() {
		t.Errorf("%+v", d)
	}
	// an index that lists the image
	listed := indexOf(t, "", image("other", "arm64"))
	a := single("a", "arm64", nil)
	d = Compare(a, listed)
	if len(d.Entries) != 1 || !d.Entries[0].IsReplaced() || len(d.Changes) != 1 || d.Changes[0].Field != "mediaType" {
		t.Errorf("%+v", d)
	}
}

func TestWithout(t *testing.T) {
	pairOf := func(a, b string) Difference {
		sides := [2]plan.Inspection{indexOf(t, "", image("a", "amd64"), attestation("s1", "a")), indexOf(t, "", image("b", "amd64"), attestation("s2", "b"))}
		for i, config := range []string{a, b} {
			details := imageOf(config)
			sides[i].Entries[0].Image = &details
		}
		return Compare(sides[0], sides[1])
	}
	config := func(created, label, more string) string {
		return fmt.Sprintf(`{"created":%q,"config":{"Labels":{"l":%q}},"history":[{"created":%q,"comment":%q}]%s}`, created, label, created, created, more)
	}
	for name, test := range map[string]struct {
		a, b    string
		ignored string
		want    bool
	}{
		"all that differs":     {config("1", "x", ""), config("2", "x", ""), "created history attestations", true},
		"not the attestations": {config("1", "x", ""), config("2", "x", ""), "created history", false},
		"not the history":      {config("1", "x", ""), config("2", "x", ""), "created attestations", false},
		"a label":              {config("1", "x", ""), config("1", "y", ""), "attestations created", false},
		"ignored labels":       {config("1", "x", ""), config("1", "y", ""), "attestations labels", true},
		"another field":        {config("1", "x", ""), config("2", "x", `,"author":"a"`), "annotations attestations created history labels order", false},
		"nothing is compared":  {config("1", "x", ""), config("1", "x", ""), "annotations attestations created history labels order", false},
	} {
		d := pairOf(test.a, test.b).Without(strings.Fields(test.ignored))
		if d.Equivalent != test.want || (len(d.Entries) == 0) != test.want || d.Same() {
			t.Errorf("%s: equivalent %v, %d entries differ", name, d.Equivalent, len(d.Entries))
		}
	}
	// an added entry, a missing image and the order stay, unless they are ignored
	amd, arm := image("amd", "amd64"), image("arm", "arm64")
	if d := Compare(indexOf(t, "", amd), indexOf(t, "", amd, arm)).Without(Ignorable); d.Equivalent {
		t.Error("an added entry is ignored")
	}
	if d := Compare(indexOf(t, "", amd), indexOf(t, "", image("amd2", "amd64"))).Without(Ignorable); d.Equivalent {
		t.Error("an image that was not read is ignored")
	}
	if d := Compare(indexOf(t, "", amd, arm), indexOf(t, "", arm, amd)); d.Without([]string{"created"}).Equivalent || !d.Without([]string{"order"}).Equivalent {
		t.Error("order")
	}
	if d := Compare(indexOf(t, "", amd), indexOf(t, " ", amd)).Without(Ignorable); d.Equivalent {
		t.Error("white space is ignored")
	}
}

func TestCompareAbsentAndBroken(t *testing.T) {
	whole := indexOf(t, "", image("amd", "amd64"))
	d := Compare(plan.Inspection{}, whole)
	if d.Same() || !d.IsExplained() || d.A.Exists || len(d.Entries) != 1 || d.Entries[0].A != nil {
		t.Errorf("%+v", d)
	}
	if d := Compare(plan.Inspection{}, plan.Inspection{}); !d.Same() {
		t.Errorf("%+v", d)
	}
	broken := indexOf(t, "", image("amd2", "amd64"))
	broken.Entries[0].Flaw = errors.New("too large")
	d = Compare(whole, broken)
	if len(d.Entries) != 1 || d.Entries[0].Image != nil || d.Entries[0].B.Flaw != "too large" {
		t.Errorf("%+v", d)
	}
}
