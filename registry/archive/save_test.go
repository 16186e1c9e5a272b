package archive_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
)

// classicSave is what an engine up to 24 saves: a folder for each layer, and names in manifest.json and repositories.
func classicSave(t testing.TB, images ...dockerImage) []byte {
	t.Helper()
	var items []item
	var entries []string
	seen := map[string]bool{}
	for _, image := range images {
		var layers []string
		for _, l := range image.layers {
			dir := registry.DigestOf([]byte("v1 " + l)).Hex
			layers = append(layers, dir+"/layer.tar")
			if !seen[dir] {
				seen[dir] = true
				items = append(items, special(tarDir, dir+"/", ""), file(dir+"/VERSION", "1.0"), file(dir+"/json", `{"id":"`+dir+`"}`), file(dir+"/layer.tar", l))
			}
		}
		items = append(items, file(image.configName(), image.config()))
		entries = append(entries, image.entry(layers...))
	}
	return tarOf(t, append(items, manifestJSON(entries...), file("repositories", "{}\n"))...)
}

// A layoutSave is what an engine from 25 on saves: an OCI layout with manifest.json beside index.json.
type layoutSave struct {
	t       testing.TB
	items   []item
	seen    map[v1.Hash]bool
	entries []string // of manifest.json
	index   []v1.Descriptor
}

func (s *layoutSave) blob(mediaType types.MediaType, content string) v1.Descriptor {
	d := v1.Descriptor{MediaType: mediaType, Digest: registry.DigestOf([]byte(content)), Size: int64(len(content))}
	if s.seen == nil {
		s.seen = map[v1.Hash]bool{}
	}
	if !s.seen[d.Digest] {
		s.seen[d.Digest] = true
		s.items = append(s.items, file("blobs/sha256/"+d.Digest.Hex, content))
	}
	return d
}

// add saves an image. Its manifest is there also if index.json does not list it.
func (s *layoutSave) add(image dockerImage) v1.Descriptor {
	descriptor := func(d v1.Descriptor) string { // with the keys in the order of the image-spec, as engines write them
		return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, d.MediaType, d.Digest, d.Size)
	}
	config := s.blob(types.OCIConfigJSON, image.config())
	var layers, paths []string
	for _, l := range image.layers {
		d := s.blob(types.OCIUncompressedLayer, l)
		layers, paths = append(layers, descriptor(d)), append(paths, "blobs/sha256/"+d.Digest.Hex)
	}
	names, _ := json.Marshal(image.names)
	files, _ := json.Marshal(paths)
	s.entries = append(s.entries, fmt.Sprintf(`{"Config":"blobs/sha256/%s","RepoTags":%s,"Layers":%s}`, config.Digest.Hex, names, files))
	return s.blob(types.OCIManifestSchema1, fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":%s,"layers":[%s]}`,
		types.OCIManifestSchema1, descriptor(config), strings.Join(layers, ",")))
}

// list names a manifest in index.json; "" lists it without a name.
func (s *layoutSave) list(d v1.Descriptor, names ...string) {
	for _, name := range names {
		if d.Annotations = nil; name != "" {
			d.Annotations = map[string]string{"io.containerd.image.name": "docker.io/" + name, "org.opencontainers.image.ref.name": "1.0"}
		}
		s.index = append(s.index, d)
	}
}

func (s *layoutSave) tar() []byte {
	raw, _ := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: s.index})
	return tarOf(s.t, append(s.items, file("index.json", string(raw)), manifestJSON(s.entries...),
		file("oci-layout", `{"imageLayoutVersion": "1.0.0"}`), file("repositories", "{}\n"))...)
}

var (
	amd64 = dockerImage{names: []string{"me/one:1.0"}, arch: "amd64", layers: []string{layerText("a"), layerText("b")}}
	arm64 = dockerImage{names: []string{"me/one:1.0"}, arch: "arm64", layers: []string{layerText("a"), layerText("c")}}
	other = dockerImage{names: []string{"me/other:1.0"}, arch: "arm64", layers: []string{layerText("d")}}
)

func nameless(i dockerImage) dockerImage { i.names = nil; return i }

// save calls fill on a new archive of a newer engine.
func save(t testing.TB, fill func(*layoutSave)) []byte {
	s := &layoutSave{t: t}
	fill(s)
	return s.tar()
}

// TestDockerSave reads what engines save by name, by ID and of several images.
func TestDockerSave(t *testing.T) {
	byID := save(t, func(s *layoutSave) { s.add(nameless(amd64)) })
	withID := func(s *layoutSave) { s.list(s.add(amd64), "me/one:1.0"); s.add(nameless(other)) }
	for _, test := range []struct {
		name    string
		content []byte
		ask     string
		want    []string // the architectures; several are an index
		err     error
		word    string
	}{
		{"20.10 by name", classicSave(t, amd64), "me/one:1.0", []string{"amd64"}, nil, ""},
		{"20.10 by ID", classicSave(t, nameless(amd64)), "", []string{"amd64"}, nil, ""},
		{"20.10 by name and by ID", classicSave(t, amd64, nameless(other)), "1.0", []string{"amd64"}, nil, ""},
		{"20.10 by two IDs", classicSave(t, nameless(amd64), nameless(other)), "", nil, registry.ErrNotFound, "without a name"},
		{"one name for two platforms", classicSave(t, arm64, amd64), "me/one:1.0", []string{"amd64", "arm64"}, nil, ""},
		{"one name for two platforms, without asking for it", classicSave(t, arm64, amd64), "", []string{"amd64", "arm64"}, nil, ""},
		{"one name for one platform twice", classicSave(t, amd64, dockerImage{amd64.names, "amd64", other.layers}), "1.0", nil, registry.ErrUnverified, `several images are for "linux/amd64"`},
		{"one tag of two names", classicSave(t, amd64, other), "1.0", nil, registry.ErrUnverified, "several images"},
		{"25 by name", save(t, func(s *layoutSave) { s.list(s.add(amd64), "me/one:1.0") }), "me/one:1.0", []string{"amd64"}, nil, ""},
		{"25 by ID, manifests null", byID, "", []string{"amd64"}, nil, ""},
		{"25 by ID, manifests empty", bytes.Replace(byID, []byte(`"manifests":null`), []byte(`"manifests":[  ]`), 1), "", []string{"amd64"}, nil, ""},
		{"25 by ID, a name that is not there", byID, "1.0", nil, registry.ErrNotFound, "without a name"},
		{"25 by name and by ID, the name", save(t, withID), "me/one:1.0", []string{"amd64"}, nil, ""},
		{"25 by name and by ID, no name", save(t, withID), "", nil, registry.ErrNotFound, "without a name"},
		{"25 with a name that index.json leaves out", save(t, func(s *layoutSave) { s.list(s.add(amd64), "me/one:1.0"); s.add(other) }), "me/other:1.0", []string{"arm64"}, nil, ""},
		{"25 with two names that index.json leaves out", save(t, func(s *layoutSave) { s.add(amd64); s.add(arm64) }), "me/one:1.0", []string{"amd64", "arm64"}, nil, ""},
		{"28 by ID, listed without a name", save(t, func(s *layoutSave) { s.list(s.add(nameless(amd64)), "") }), "", []string{"amd64"}, nil, ""},
		{"28 by two IDs, the first listed", save(t, func(s *layoutSave) { s.list(s.add(nameless(amd64)), ""); s.add(nameless(other)) }), "", nil, registry.ErrNotFound, "without a name"},
		{"28 with several names", save(t, func(s *layoutSave) {
			s.list(s.add(dockerImage{[]string{"me/one:1.0", "me/two:1.0"}, "amd64", amd64.layers}), "me/one:1.0", "me/two:1.0")
		}), "1.0", []string{"amd64"}, nil, ""},
		{"one name for two platforms in index.json", save(t, func(s *layoutSave) { s.list(s.add(arm64), "me/one:1.0"); s.list(s.add(amd64), "me/one:1.0") }), "1.0", []string{"amd64", "arm64"}, nil, ""},
		{"one tag of two names in index.json", save(t, func(s *layoutSave) { s.list(s.add(other), "me/other:1.0"); s.list(s.add(amd64), "me/one:1.0") }), "1.0", nil, registry.ErrUnverified, "several images"},
	} {
		for form, content := range map[string][]byte{"plain": test.content, "gzip": gzipped(test.content)} {
			for _, compress := range []bool{false, true} {
				t.Run(fmt.Sprint(test.name, " ", form, " ", compress), func(t *testing.T) {
					o := archive.Options{Kind: docker.Kind, Compress: compress}
					path := write(t, content)
					repo := open(t, path, o)
					m, err := repo.Manifest(t.Context(), tag(test.ask))
					if test.err != nil {
						wantErr(t, err, test.err, test.word, path)
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					wantArchitectures(t, repo, m, test.want)
					wantWhole(t, repo, m)
					again := open(t, path, o)
					if got, err := again.Manifest(t.Context(), registry.Ref{Digest: m.Digest}); !compress && (err != nil || !bytes.Equal(got.Bytes, m.Bytes)) {
						t.Errorf("by its digest it is %s, %v", got.Bytes, err)
					}
					if _, err := again.Manifest(t.Context(), registry.Ref{Digest: registry.DigestOf(nil)}); !errors.Is(err, registry.ErrNotFound) {
						t.Errorf("a digest that is not there: %v", err)
					}
				})
			}
		}
	}
}

// wantArchitectures checks for which architectures an image or index is, by the configs.
func wantArchitectures(t *testing.T, repo registry.Repository, m registry.Manifest, want []string) {
	t.Helper()
	if m.MediaType.IsIndex() != (len(want) > 1) {
		t.Fatalf("it is a %s: %s", m.MediaType, m.Bytes)
	}
	images := []registry.Manifest{m}
	if m.MediaType.IsIndex() {
		images = nil
		_, children, err := registry.References(m)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range children {
			child, err := repo.Manifest(t.Context(), registry.Ref{Digest: d.Digest})
			if err != nil || d.Size != int64(len(child.Bytes)) || d.Platform == nil || d.Platform.Architecture != want[i] {
				t.Fatalf("image %d is %+v, %v", i, d, err)
			}
			images = append(images, child)
		}
	}
	for i, image := range images {
		parsed, err := v1.ParseManifest(bytes.NewReader(image.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err := read(t, repo, parsed.Config); err != nil || !bytes.Contains(raw, []byte(`"architecture":"`+want[i]+`"`)) {
			t.Errorf("image %d has the config %s, %v", i, raw, err)
		}
	}
}

// TestSavedByIDKeepsItsDigest: an image has one digest, whether an engine saved it by its name or by its ID.
func TestSavedByIDKeepsItsDigest(t *testing.T) {
	digest := func(content []byte) v1.Hash {
		m, err := open(t, write(t, content), docker).Manifest(t.Context(), registry.Ref{})
		if err != nil {
			t.Fatal(err)
		}
		return m.Digest
	}
	want := digest(save(t, func(s *layoutSave) { s.list(s.add(amd64), "me/one:1.0") }))
	for name, content := range map[string][]byte{
		"by ID":               save(t, func(s *layoutSave) { s.add(nameless(amd64)) }),
		"an older engine":     classicSave(t, amd64),
		"older engine, by ID": classicSave(t, nameless(amd64)),
	} {
		if got := digest(content); got != want {
			t.Errorf("%s it is %s, by name %s", name, got, want)
		}
	}
}

// TestSavedIndex reads what an engine with the containerd image store saves: the index of an image, of which it has
// only some platforms, with attestations. manifest.json lists one of them.
func TestSavedIndex(t *testing.T) {
	for _, name := range []string{"me/one:1.0", ""} {
		content := save(t, func(s *layoutSave) {
			image := amd64
			if name == "" {
				image = nameless(amd64)
			}
			d := s.add(image)
			d.Platform = &v1.Platform{OS: "linux", Architecture: "amd64"}
			gone := v1.Descriptor{MediaType: d.MediaType, Digest: registry.DigestOf([]byte("gone")), Size: 4, Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}
			about := s.blob(types.OCIManifestSchema1, `{"schemaVersion":2,"layers":[]}`)
			about.Platform = &v1.Platform{OS: "unknown", Architecture: "unknown"}
			about.Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": d.Digest.String()}
			raw, _ := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{d, gone, about}})
			s.list(s.blob(types.OCIImageIndex, string(raw)), name)
		})
		repo := open(t, write(t, content), docker)
		m, err := repo.Manifest(t.Context(), tag(name))
		if err != nil || !m.MediaType.IsIndex() || !bytes.Contains(m.Bytes, []byte("attestation-manifest")) {
			t.Errorf("%q is %s, %v", name, m.Bytes, err)
		}
		_, err = repo.Manifest(t.Context(), registry.Ref{Digest: registry.DigestOf([]byte("gone"))})
		wantErr(t, err, registry.ErrNotFound)
	}
}

// TestEmptyIndexOfOCIArchive: the error of an archive that lists its image only for docker names the other kind.
func TestEmptyIndexOfOCIArchive(t *testing.T) {
	path := write(t, save(t, func(s *layoutSave) { s.add(nameless(amd64)) }))
	_, err := open(t, path, oci).Manifest(t.Context(), registry.Ref{})
	wantErr(t, err, registry.ErrNotFound, "use docker-archive:"+path)
	path = write(t, tarOf(t, file("oci-layout", `{"imageLayoutVersion":"1.0.0"}`), file("index.json", `{"schemaVersion":2,"manifests":[]}`)))
	_, err = open(t, path, oci).Manifest(t.Context(), registry.Ref{})
	wantErr(t, err, registry.ErrNotFound, "available: none")
}
