package layout_test

import (
	"encoding/json"
	"fmt"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// image stores an image whose config names a platform.
func (l onDisk) image(platform string) v1.Descriptor {
	l.t.Helper()
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		l.t.Fatal(err)
	}
	raw, _ := json.Marshal(p)
	config := l.blob(string(raw))
	config.MediaType = types.OCIConfigJSON
	d := l.blob(fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":%s,"layers":[]}`, types.OCIManifestSchema1, named(config)))
	d.MediaType = types.OCIManifestSchema1
	return d
}

// indexOf stores an index of images.
func (l onDisk) indexOf(images ...v1.Descriptor) v1.Descriptor {
	l.t.Helper()
	raw, _ := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: images})
	d := l.blob(string(raw))
	d.MediaType = types.OCIImageIndex
	return d
}

func withPlatform(d v1.Descriptor, os, arch string) v1.Descriptor {
	d.Platform = &v1.Platform{OS: os, Architecture: arch}
	return d
}

// TestNameOfSeveralPlatforms reads a name that stands for several images.
func TestNameOfSeveralPlatforms(t *testing.T) {
	l := newLayout(t)
	amd64, arm64, armv7 := l.image("linux/amd64"), l.image("linux/arm64"), l.image("linux/arm/v7")
	other := l.blob(emptyIndex("no platform"))
	attestation := withPlatform(l.blob(`{"attestation":1}`), "unknown", "unknown")
	amd64Index := l.indexOf(withPlatform(amd64, "linux", "amd64"), attestation)
	arm64Index := l.indexOf(arm64)
	artifact := l.blob(fmt.Sprintf(`{"schemaVersion":2,"config":%s,"layers":[]}`, named(l.blob("{}"))))
	artifact.MediaType = types.OCIManifestSchema1
	lost := withPlatform(v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: registry.DigestOf([]byte("lost")), Size: 4}, "linux", "s390x")
	full := "docker.io/acme/app:1.0"
	for _, test := range []struct {
		name    string
		entries []string
		ask     string
		want    []string // the platforms, in their order
		words   []string // of the error
	}{
		{"platforms in configs", []string{named(arm64, refName, "1.0"), named(amd64, refName, "1.0")}, "1.0", []string{"linux/amd64", "linux/arm64"}, nil},
		{"no name, as both have the same", []string{named(arm64, refName, "1.0"), named(amd64, refName, "1.0")}, "", []string{"linux/amd64", "linux/arm64"}, nil},
		{"platforms in descriptors", []string{named(withPlatform(amd64, "linux", "s390x"), refName, "1.0"), named(amd64Index, refName, "1.0")}, "1.0", []string{"index", "linux/s390x"}, nil},
		{"three of them", []string{named(armv7, refName, "1.0"), named(arm64, refName, "1.0"), named(amd64, refName, "1.0")}, "1.0", []string{"linux/amd64", "linux/arm/v7", "linux/arm64"}, nil},
		{"one of them twice", []string{named(arm64, refName, "1.0"), named(amd64, refName, "1.0"), named(arm64, refName, "1.0")}, "1.0", []string{"linux/amd64", "linux/arm64"}, nil},
		{"indexes with an attestation", []string{named(amd64Index, refName, "1.0"), named(arm64Index, refName, "1.0")}, "1.0", []string{"index", "index"}, nil},
		{"the names of containerd", []string{named(arm64, refName, "1.0", containerd, full), named(amd64, refName, "1.0", containerd, full)}, "acme/app:1.0", []string{"linux/amd64", "linux/arm64"}, nil},
		{"beside another image", []string{named(arm64, refName, "1.0"), named(other, refName, "2.0"), named(amd64, refName, "1.0")}, "1.0", []string{"linux/amd64", "linux/arm64"}, nil},
		{"one platform", []string{named(amd64, refName, "1.0"), named(amd64Index, refName, "1.0")}, "1.0", nil, []string{"ambiguous, several images are for \"linux/amd64\"", amd64.Digest.String(), amd64Index.Digest.String()}},
		{"one platform in two spellings", []string{named(arm64, refName, "1.0"), named(l.image("linux/arm64/v8"), refName, "1.0")}, "1.0", nil, []string{"several images are for \"linux/arm64"}},
		{"no platform", []string{named(amd64, refName, "1.0"), named(other, refName, "1.0")}, "1.0", nil, []string{"is ambiguous", other.Digest.String() + "\" has no platform"}},
		{"an artifact", []string{named(amd64, refName, "1.0"), named(artifact, refName, "1.0")}, "1.0", nil, []string{artifact.Digest.String() + "\" has no platform"}},
		{"the same tag of two repositories", []string{named(arm64, refName, "1.0", containerd, full), named(amd64, refName, "1.0", containerd, "docker.io/acme/other:1.0")}, "1.0", nil, []string{"is ambiguous"}},
		{"the same tag in two names", []string{named(arm64, refName, "a/b:1.0"), named(amd64, refName, "a/c:1.0")}, "1.0", nil, []string{"is ambiguous"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l.index(test.entries...)
			m, err := open(t, l.dir).Manifest(t.Context(), tag(test.ask))
			if test.want == nil {
				wantErr(t, err, registry.ErrUnverified, append(test.words, l.dir)...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantPlatforms(t, m, test.want)
			again, err := open(t, l.dir).Manifest(t.Context(), registry.Ref{Digest: m.Digest})
			if err != nil || string(again.Bytes) != string(m.Bytes) || registry.DigestOf(m.Bytes) != m.Digest {
				t.Errorf("by its digest it is %s, %v", again.Bytes, err)
			}
		})
	}
	l.index(named(amd64, refName, "1.0"), named(lost, refName, "1.0"))
	_, err := open(t, l.dir).Manifest(t.Context(), tag("1.0"))
	wantErr(t, err, registry.ErrNotFound, lost.Digest.String())
	_, err = open(t, l.dir).Manifest(t.Context(), registry.Ref{Digest: registry.DigestOf([]byte("other"))})
	wantErr(t, err, registry.ErrNotFound, l.dir)
}

// wantPlatforms checks the entries of an index that was made of images that share a name.
func wantPlatforms(t *testing.T, m registry.Manifest, want []string) {
	t.Helper()
	var index v1.IndexManifest
	if err := json.Unmarshal(m.Bytes, &index); err != nil || m.MediaType != types.OCIImageIndex || index.MediaType != m.MediaType {
		t.Fatalf("it is a %s: %s", m.MediaType, m.Bytes)
	}
	var got []string
	for _, d := range index.Manifests {
		switch {
		case d.MediaType.IsIndex():
			got = append(got, "index")
		case d.Platform == nil:
			got = append(got, "")
		default:
			got = append(got, d.Platform.String())
		}
		if len(d.Annotations) > 0 {
			t.Errorf("the annotations of the layout are in the index: %v", d.Annotations)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the index is of %q, want %q", got, want)
	}
}

// TestMadeIndexIsGolden pins the bytes of an index that is made of images that share a name: users may pin its digest.
func TestMadeIndexIsGolden(t *testing.T) {
	l := newLayout(t)
	l.index(named(l.image("linux/arm/v7"), refName, "1.0"), named(l.image("linux/amd64"), refName, "1.0"))
	m, err := open(t, l.dir).Manifest(t.Context(), tag("1.0"))
	const want = "sha256:ccb084475911b14dfbd1132ced42514fbcb589c5a681658b129bb141b50f91a1"
	if err != nil || m.Digest.String() != want {
		t.Errorf("the index is %s, %v\n%s", m.Digest, err, m.Bytes)
	}
}

// TestNameOfSeveralIsReplaced: a name that stood for several images stands for one after it is set.
func TestNameOfSeveralIsReplaced(t *testing.T) {
	l := newLayout(t)
	l.index(named(l.image("linux/arm64"), refName, "1.0"), named(l.image("linux/amd64"), refName, "1.0"))
	repo := open(t, l.dir)
	m, err := repo.Manifest(t.Context(), tag("1.0"))
	if err != nil {
		t.Fatal(err)
	}
	if has, err := repo.HasBlob(t.Context(), m.Descriptor()); has || err != nil {
		t.Errorf("HasBlob of an index that was made = %v, %v", has, err)
	}
	mustPut(t, repo, tag("1.0"), m)
	if got := listed(t, l, map[v1.Hash]string{m.Digest: "index"}); fmt.Sprint(got) != "[index 1.0]" {
		t.Errorf("index.json lists %q", got)
	}
	again, err := repo.Manifest(t.Context(), tag("1.0"))
	if err != nil || again.Digest != m.Digest {
		t.Errorf("it is %s, %v", again.Digest, err)
	}
	wantSound(t, l.dir)
}
