package layout_test

import (
	"fmt"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// emptyIndex is the smallest image index; a word makes it another one.
func emptyIndex(word string) string {
	return `{"schemaVersion":2,"manifests":[],"annotations":{"word":"` + word + `"}}`
}

func TestNames(t *testing.T) {
	a, b, c := emptyIndex("a"), emptyIndex("b"), emptyIndex("c")
	l := newLayout(t)
	l.index(
		named(l.blob(a), refName, "1.0"),
		named(l.blob(b), refName, "localhost/fx/pod:1.0"),
		named(l.blob(b), refName, "localhost/fx/pod:1.0-arm64"),
		named(l.blob(b), refName, "localhost:5000/fx/pod"),
		named(l.blob(c), containerd, "docker.io/library/c:2.0"),
		named(l.blob(c), refName, "c", containerd, "docker.io/library/c:1.0-arm64"),
		named(l.blob(c), refName, "x:pinned@sha256:"+strings.Repeat("0", 64)),
		named(l.blob(c)),
	)
	repo := open(t, l.dir)
	for name, want := range map[string]string{
		"1.0":                        a, // exactly so named, before any tag part
		"localhost/fx/pod:1.0":       b,
		"1.0-arm64":                  b, // ref.name before the name of containerd
		"localhost/fx/pod:1.0-arm64": b,
		"localhost:5000/fx/pod":      b,
		"2.0":                        c,
		"docker.io/library/c:2.0":    c,
		"c":                          c,
		"pinned":                     c,
	} {
		got, err := repo.Manifest(t.Context(), tag(name))
		if err != nil || string(got.Bytes) != want {
			t.Errorf("%s is %s, %v; want %s", name, got.Bytes, err, want)
		}
	}
	for _, name := range []string{"1", "5000/fx/pod", "pod:1.0", "latest", strings.Repeat("0", 64), "sha256:" + strings.Repeat("0", 64)} {
		_, err := repo.Manifest(t.Context(), tag(name))
		wantErr(t, err, registry.ErrNotFound, fmt.Sprintf("%q", name), `"1.0"`, `"localhost/fx/pod:1.0-arm64"`, `"docker.io/library/c:2.0"`)
	}
}

func TestAmbiguousNames(t *testing.T) {
	l := newLayout(t)
	a, b := l.blob(emptyIndex("a")), l.blob(emptyIndex("b"))
	l.index(
		named(a, refName, "same"), named(a, refName, "same"),
		named(a, refName, "v1"), named(b, refName, "v1"),
		named(a, refName, "x/a:v2"), named(b, refName, "x/b:v2"),
		named(a, containerd, "x/a:v3"), named(b, containerd, "x/b:v3"),
	)
	repo := open(t, l.dir)
	if _, err := repo.Manifest(t.Context(), tag("same")); err != nil {
		t.Errorf("one image that is named twice: %v", err)
	}
	for _, name := range []string{"v1", "v2", "v3"} {
		_, err := repo.Manifest(t.Context(), tag(name))
		wantErr(t, err, registry.ErrUnverified, name, a.Digest.String(), b.Digest.String(), l.dir)
	}
}

func TestNoName(t *testing.T) {
	l := newLayout(t)
	a, b := l.blob(emptyIndex("a")), l.blob(emptyIndex("b"))
	for _, test := range []struct {
		name    string
		entries []string
		want    v1.Hash
	}{
		{"the only entry", []string{named(a, refName, "v1")}, a.Digest},
		{"the only entry, without a name", []string{named(a)}, a.Digest},
		{"one image with two names", []string{named(a, refName, "v1"), named(a, refName, "v2")}, a.Digest},
		{"the one named latest", []string{named(a, refName, "v1"), named(b, refName, "latest")}, b.Digest},
		{"the one tagged latest", []string{named(a, refName, "v1"), named(b, refName, "x/y:latest")}, b.Digest},
		{"the one that containerd named latest", []string{named(a), named(b, containerd, "x/y:latest")}, b.Digest},
		{"none that is meant", []string{named(a, refName, "v1"), named(b, refName, "v2")}, v1.Hash{}},
		{"none at all", nil, v1.Hash{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l.index(test.entries...)
			got, err := open(t, l.dir).Manifest(t.Context(), registry.Ref{})
			if test.want == (v1.Hash{}) {
				wantErr(t, err, registry.ErrNotFound, "latest")
			} else if err != nil || got.Digest != test.want {
				t.Errorf("got %s, %v, want %s", got.Digest, err, test.want)
			}
		})
	}
}

// TestManyNames looks at an error about a layout that wants to fill, or drive, the terminal.
func TestManyNames(t *testing.T) {
	l := newLayout(t)
	entries := []string{
		named(l.blob(emptyIndex("0")), refName, "\x1b]0;evil\a"),
		named(l.blob(emptyIndex("1")), refName, strings.Repeat("long", 10_000)),
	}
	for i := range 300 {
		entries = append(entries, named(v1.Descriptor{Digest: registry.DigestOf([]byte{byte(i)})}, refName, fmt.Sprint("v", i)))
	}
	l.index(entries...)
	_, err := open(t, l.dir).Manifest(t.Context(), tag("none"))
	wantErr(t, err, registry.ErrNotFound, `"\x1b]0;evil\a"`, `"v7" and 292 more`)
	if len(err.Error()) > 1000 || strings.ContainsRune(err.Error(), '\x1b') {
		t.Errorf("%d bytes: %.1000q", len(err.Error()), err)
	}
}

// TestDockerNames finds what containerd named under the names that docker's users give it.
func TestDockerNames(t *testing.T) {
	l := newLayout(t)
	app, official := emptyIndex("a"), emptyIndex("b")
	l.index(named(l.blob(app), containerd, "docker.io/acme/app:1.0"), named(l.blob(official), containerd, "docker.io/library/one:latest"))
	repo := open(t, l.dir)
	for name, want := range map[string]string{"acme/app:1.0": app, "docker.io/acme/app:1.0": app, "one": official, "library/one:latest": official} {
		got, err := repo.Manifest(t.Context(), tag(name))
		if err != nil || string(got.Bytes) != want {
			t.Errorf("%s is %s, %v; want %s", name, got.Bytes, err, want)
		}
	}
	for _, name := range []string{"acme/app", "app", "acme", "quay.io/acme/app:1.0", "library/one:1.0"} {
		_, err := repo.Manifest(t.Context(), tag(name))
		wantErr(t, err, registry.ErrNotFound, name)
	}
}

// TestOneImage: entries without a name but with platforms are one image, whose index is index.json.
func TestOneImage(t *testing.T) {
	l := newLayout(t)
	entry := func(word, os, name string) string {
		d := l.blob(emptyIndex(word))
		d.Platform = &v1.Platform{OS: os, Architecture: "amd64"}
		if os == "" {
			d.Platform = nil
		}
		if name != "" {
			return named(d, refName, name)
		}
		return named(d)
	}
	for _, test := range []struct {
		name    string
		entries []string
		is      bool
	}{
		{"two platforms", []string{entry("a", "linux", ""), entry("b", "windows", "")}, true},
		{"an attestation", []string{entry("a", "linux", ""), entry("b", "unknown", "")}, true},
		{"one has a name", []string{entry("a", "linux", ""), entry("b", "windows", "v1")}, false},
		{"one has no platform", []string{entry("a", "linux", ""), entry("b", "", "")}, false},
		{"one makes no sense", []string{entry("a", "linux", ""), `{"platform":{"os":"linux","architecture":"arm"}}`}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			l.index(test.entries...)
			raw := []byte(l.read("index.json"))
			repo := open(t, l.dir)
			for _, ref := range []registry.Ref{{}, {Digest: registry.DigestOf(raw)}} {
				got, err := repo.Manifest(t.Context(), ref)
				if !test.is {
					wantErr(t, err, registry.ErrNotFound)
				} else if err != nil || got.Digest != registry.DigestOf(raw) || got.MediaType != "application/vnd.oci.image.index.v1+json" {
					t.Errorf("%q is %s %s, %v", ref, got.MediaType, got.Digest, err)
				}
			}
		})
	}
	l.index(entry("a", "linux", ""), strings.Replace(entry("b", "linux", ""), `"os"`, `"OS":"linux","os"`, 1))
	_, err := open(t, l.dir).Manifest(t.Context(), registry.Ref{})
	wantErr(t, err, registry.ErrUnverified, l.path("index.json"))
}
