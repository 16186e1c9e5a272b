package output

import (
	"bytes"
	"io"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/diff"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Text from images reaches the terminal escaped, and in its line.
func TestDifferencesAreEscaped(t *testing.T) {
	from, to := hostile, strings.Repeat("é", 5000)+hostile
	change := diff.Change{Field: hostile, Name: hostile, From: &from, To: &to}
	side := &diff.Entry{Descriptor: v1.Descriptor{Digest: registry.DigestOf(nil), ArtifactType: hostile}, Flaw: hostile}
	d := diff.Difference{
		A: diff.Root{Name: hostile}, B: diff.Root{Name: "b", Exists: true},
		Changes: []diff.Change{change},
		Entries: []diff.EntryDifference{{
			Kind: index.Companion, Platform: v1.Platform{OS: hostile, Architecture: hostile, OSVersion: hostile, OSFeatures: []string{hostile}}, A: side, B: side,
			Changes:  []diff.Change{change},
			Attached: []diff.Attached{{Kind: index.Companion, Type: hostile}},
		}},
	}
	var out bytes.Buffer
	if err := New(&out, io.Discard).PrintDifferences([]diff.Difference{d}, false); err == nil {
		t.Error("there is no finding")
	}
	if n := strings.Count(out.String(), "\n"); n != 6 || strings.ContainsAny(out.String(), "\x1b\u202e") || out.Len() > 6000 {
		t.Errorf("%d lines:\n%q", n, out.String())
	}
}

func TestOutdatedIsEscaped(t *testing.T) {
	ref, err := spec.ParseReference("reg.test/app:1")
	if err != nil {
		t.Fatal(err)
	}
	check := plan.SubjectCheck{Name: hostile, Sources: []plan.SourceCheck{{Source: ref, Status: plan.SourceGone, Platforms: []v1.Platform{{OS: hostile, Architecture: hostile}}}}}
	var out bytes.Buffer
	if err := New(&out, io.Discard).PrintOutdated([]plan.SubjectCheck{check}, false); err == nil {
		t.Error("there is no finding")
	}
	if n := strings.Count(out.String(), "\n"); n != 3 || strings.ContainsAny(out.String(), "\x1b\u202e") {
		t.Errorf("%d lines:\n%q", n, out.String())
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("a", 300)
	for _, test := range []struct {
		value string
		at    int
		want  string
	}{
		{"", 0, `""`},
		{"short", 3, `"short"`},
		{`["/a"]`, 0, `["/a"]`},
		{long, 0, `"` + strings.Repeat("a", maxValue) + `…"`},
		{long + "end", 300, `"…` + strings.Repeat("a", maxValue/4) + `end"`},
		{long, 300, `"…` + strings.Repeat("a", maxValue/4) + `"`},
		{strings.Repeat("é", 300), 0, `"` + strings.Repeat("é", maxValue/2) + `…"`},
	} {
		if got := excerpt(test.value, test.at); got != test.want {
			t.Errorf("%.20q at %d: %q, want %q", test.value, test.at, got, test.want)
		}
	}
}
