package spec

import (
	"strings"
	"testing"
)

func TestParseEditAdd(t *testing.T) {
	tests := []struct{ index, add, want string }{
		{"q.io/a:1", digest, "q.io/a@" + digest + " /\n"},
		{"q.io/a:1", digest + ",platform=linux/arm/armv7", "q.io/a@" + digest + " linux/arm/v7\n"},
		{"q.io/a:1", digest + ",platform=windows(10.0+x)/amd64", "q.io/a@" + digest + " windows/amd64:10.0[x]\n"},
		{"oci-layout:dir:1", digest, "oci-layout:dir@" + digest + " /\n"},
		{"q.io/a:1", "q.io/b@" + digest, "q.io/b@" + digest + " /\n"},
		{"q.io/a:1", "q.io/b", "q.io/b:latest /\n"},
	}
	for _, test := range tests {
		e, err := ParseEdit(EditArgs{Index: test.index, Add: []string{test.add}}, Options{})
		if err != nil {
			t.Errorf("%s --add %s: %v", test.index, test.add, err)
			continue
		}
		if _, entries, _ := strings.Cut(specText(e.Spec), "\n"); entries != test.want {
			t.Errorf("%s --add %s adds %q, want %q", test.index, test.add, entries, test.want)
		}
	}
	for add, want := range map[string]string{
		"sha256:abc":                           "the repository is missing: REPOSITORY@sha256:abc",
		digest + ",platform=none":              `platform "none"`,
		digest + ",platform=windows/s390x":     "platform windows/s390x does not exist",
		digest + ",platform=windows()/amd64":   "the form os(version+feature)/architecture",
		digest + ",platform=linux/arm/v7/more": "expected os/architecture",
	} {
		if _, err := ParseEdit(EditArgs{Index: "q.io/a:1", Add: []string{add}}, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--add %s: %v, want %q", add, err, want)
		}
	}
	if _, err := ParseEdit(EditArgs{Index: "q.io/a:1", Add: []string{digest + ",platform=windows/s390x"}}, Options{AllowUnknownPlatform: true}); err != nil {
		t.Errorf("an impossible pair that is allowed: %v", err)
	}
}

func TestParseMember(t *testing.T) {
	index := mustParse(t, "q.io/a:1").Place
	for in, want := range map[string]string{
		digest:                  "q.io/a@" + digest,
		"b":                     "docker.io/library/b:latest",
		"q.io/b:x@" + digest:    "q.io/b:x@" + digest,
		"oci-layout:dir":        "oci-layout:dir",
		"sha256:abc":            "",
		strings.ToUpper(digest): "",
	} {
		got, err := ParseMember(in, index)
		if (err != nil) != (want == "") || err == nil && got.String() != want {
			t.Errorf("%s is %s, %v, want %s", in, got, err, want)
		}
	}
}
