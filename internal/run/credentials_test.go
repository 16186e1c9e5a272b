package run

import (
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
)

func TestCutHost(t *testing.T) {
	tests := []struct{ text, host, rest string }{
		{"me:pw", "", "me:pw"},
		{"me:p=w", "", "me:p=w"},
		{"me:p=w:x", "", "me:p=w:x"},
		{"me:=x:y", "", "me:=x:y"},
		{"me=x:pw", "", "me=x:pw"}, // one word is no host, as in image names
		{"cn=me,dc=example.org:pw", "", "cn=me,dc=example.org:pw"},
		{"me:12a=x:y", "", "me:12a=x:y"},
		{"ghcr.io=me:pw", "ghcr.io", "me:pw"},
		{"ghcr.io=me:p=w", "ghcr.io", "me:p=w"},
		{"localhost=me:pw", "localhost", "me:pw"},
		{"localhost:5000=me:pw", "localhost:5000", "me:pw"},
		{"[::1]:5000=me:pw", "[::1]:5000", "me:pw"},
		{"docker.io=me:pw", "index.docker.io", "me:pw"},
		{"me:5000=x:y", "me:5000", "x:y"}, // refused later, as no such registry is named
		{"a.b/c=me:pw", "", "a.b/c=me:pw"},
		{"user@a.b=me:pw", "", "user@a.b=me:pw"},
		{"", "", ""},
		{"=me:pw", "", "=me:pw"},
	}
	for _, tt := range tests {
		host, rest := cutHost(tt.text)
		got := ""
		if strings.TrimSpace(host.Name()) != "" && rest != tt.text {
			got = host.RegistryStr()
		}
		if got != tt.host || rest != tt.rest {
			t.Errorf("%q is read as host %q, rest %q; want %q, %q", tt.text, got, rest, tt.host, tt.rest)
		}
	}
}

// FuzzCutHost: nothing is lost, and what is no host stays a part of the login.
func FuzzCutHost(f *testing.F) {
	for _, seed := range []string{"me:p=w", "ghcr.io=me:pw", "me:5000=x:y", "[::1]:5000=me:pw", "=", "a.b=", "a:b=c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		host, rest := cutHost(text)
		before, after, _ := strings.Cut(text, "=")
		switch {
		case host == name.Registry{} && rest != text:
			t.Errorf("%q loses something: %q", text, rest)
		case host != name.Registry{} && (rest != after || !strings.ContainsAny(before, ".:") && before != "localhost"):
			t.Errorf("%q is read as %q and %q", text, host, rest)
		}
	})
}
