package archive_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
)

// A dockerImage is one that a test saves as docker does.
type dockerImage struct {
	names  []string
	arch   string
	layers []string // not compressed
}

func (i dockerImage) config() string {
	var ids []string
	for _, l := range i.layers {
		ids = append(ids, registry.DigestOf([]byte(l)).String())
	}
	raw, _ := json.Marshal(ids)
	return fmt.Sprintf(`{"architecture":%q,"os":"linux","rootfs":{"type":"layers","diff_ids":%s}}`, i.arch, raw)
}

func (i dockerImage) configName() string { return registry.DigestOf([]byte(i.config())).Hex + ".json" }

// entry is the image in manifest.json.
func (i dockerImage) entry(layers ...string) string {
	names, _ := json.Marshal(i.names)
	files, _ := json.Marshal(layers)
	return fmt.Sprintf(`{"Config":%q,"RepoTags":%s,"Layers":%s}`, i.configName(), names, files)
}

func manifestJSON(entries ...string) item {
	return file("manifest.json", "["+strings.Join(entries, ",")+"]")
}

// save makes an archive of one image, whose layers stand there in some form.
func (i dockerImage) save(t testing.TB, form func(string) string) []byte {
	t.Helper()
	items := []item{file(i.configName(), i.config())}
	var names []string
	for n, l := range i.layers {
		names = append(names, fmt.Sprintf("%d/layer.tar", n))
		items = append(items, file(names[n], form(l)))
	}
	return tarOf(t, append(items, manifestJSON(i.entry(names...)))...)
}

func asIs(s string) string { return s }

func layerText(word string) string { return strings.Repeat("a layer of "+word+"\n", 1000) }

var one = dockerImage{names: []string{"me/one:1.0"}, arch: "amd64", layers: []string{layerText("a"), "", layerText("b")}}

func layersOf(t *testing.T, m registry.Manifest) []v1.Descriptor {
	t.Helper()
	parsed, err := v1.ParseManifest(bytes.NewReader(m.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Layers
}

// TestLayerForms saves one image with its layers in every form. A new digest here is a new digest for
// everybody who pushes such an archive: it may only come with a new major version.
func TestLayerForms(t *testing.T) {
	zstd := func(s string) string { return "\x28\xb5\x2f\xfd" + s }
	compress := archive.Options{Kind: docker.Kind, Compress: true}
	for _, test := range []struct {
		name    string
		form    func(string) string
		options archive.Options
		digest  string
		layers  types.MediaType
		content func(string) string
	}{
		{"as it is", asIs, docker, "ea56dbef397e42f7ae1ec30ecbcdb7053de61898846ed8efbfc0c25ca96b49e5", types.OCIUncompressedLayer, asIs},
		{"gzip", func(s string) string { return string(gzipped([]byte(s))) }, docker, "005c2e53170af0a4ba34bdacae8b9af0afaf07495f0b0f46120b78b6bc4395cb", types.OCILayer, func(s string) string { return string(gzipped([]byte(s))) }},
		{"zstd", zstd, docker, "feebd27865de3d937cdc4b6e69436fd7e0f4fcd5cef3752c2025b278f4be21c7", types.OCILayerZStd, zstd},
		{"to compress", asIs, compress, "005c2e53170af0a4ba34bdacae8b9af0afaf07495f0b0f46120b78b6bc4395cb", types.OCILayer, nil},
		{"compressed already", zstd, compress, "feebd27865de3d937cdc4b6e69436fd7e0f4fcd5cef3752c2025b278f4be21c7", types.OCILayerZStd, zstd},
	} {
		t.Run(test.name, func(t *testing.T) {
			var all []registry.Manifest
			for _, content := range [][]byte{one.save(t, test.form), gzipped(one.save(t, test.form))} {
				repo := open(t, write(t, content), test.options)
				m, err := repo.Manifest(t.Context(), tag("1.0"))
				if err != nil {
					t.Fatal(err)
				}
				wantWhole(t, repo, m)
				for i, d := range layersOf(t, m) {
					raw, err := read(t, repo, d)
					if err != nil || d.MediaType != test.layers {
						t.Errorf("layer %d is %s, %v", i, d.MediaType, err)
					} else if test.content != nil && string(raw) != test.content(one.layers[i]) {
						t.Errorf("layer %d has other bytes", i)
					} else if test.content == nil && gunzipped(t, raw) != one.layers[i] {
						t.Errorf("layer %d is not the gzip of what it was", i)
					}
				}
				all = append(all, m)
			}
			if got := all[0].Digest.Hex; got != test.digest {
				t.Errorf("the digest is %s\n%s", got, all[0].Bytes)
			}
			if all[0].Digest != all[1].Digest {
				t.Error("it is another image in a compressed archive")
			}
		})
	}
}

// TestCompressedDigest pins what --compress gzip makes of something that can be compressed in many ways.
// If a new Go changes it, the users' digests change: that has to be decided, and told.
func TestCompressedDigest(t *testing.T) {
	words := strings.Fields("usr bin lib share doc etc the of and 0755 0644 ustar root")
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for range 50_000 {
		text.WriteString(words[random.IntN(len(words))])
	}
	image := dockerImage{names: one.names, arch: "amd64", layers: []string{text.String()}}
	repo := open(t, write(t, image.save(t, asIs)), archive.Options{Kind: docker.Kind, Compress: true})
	m, err := repo.Manifest(t.Context(), registry.Ref{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "sha256:1993cff53317cb025f473e2a822a84ecc628195489bfa3c66479f344f5fdfb77"
	if d := layersOf(t, m)[0]; d.Digest.String() != want {
		t.Errorf("the layer is %s with %d bytes", d.Digest, d.Size)
	}
}

func TestSeveralSaved(t *testing.T) {
	two := dockerImage{names: []string{"me/two:1.0", "me/two:latest"}, arch: "arm64", layers: one.layers[:1]}
	nameless := dockerImage{arch: "arm", layers: one.layers[:1]}
	base, link := "base/layer.tar", "other/layer.tar"
	archived := tarOf(t,
		special(tarDir, "base/", ""), file(base, one.layers[0]), file("empty.tar", ""), file("b.tar", one.layers[2]),
		special(tarSymlink, link, "../base/layer.tar"), // the classic engine writes a layer once
		file(one.configName(), one.config()), file(two.configName(), two.config()), file(nameless.configName(), nameless.config()),
		manifestJSON(one.entry(base, "empty.tar", "b.tar"), two.entry(link), nameless.entry(base)), file("repositories", "{}"))
	repo := open(t, write(t, archived), docker)
	for name, arch := range map[string]string{
		"me/one:1.0": "amd64", "docker.io/me/one:1.0": "amd64", "": "arm64", "latest": "arm64", "me/two": "arm64", "me/two:1.0": "arm64",
	} {
		m, err := repo.Manifest(t.Context(), tag(name))
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		wantWhole(t, repo, m)
		parsed, _ := v1.ParseManifest(bytes.NewReader(m.Bytes))
		if raw, err := read(t, repo, parsed.Config); !strings.Contains(string(raw), arch+`"`) {
			t.Errorf("%q has the config %s, %v", name, raw, err)
		}
	}
	_, err := repo.Manifest(t.Context(), tag("1.0"))
	wantErr(t, err, registry.ErrUnverified, "several images", "me/one:1.0", "me/two:1.0")
	_, err = repo.Manifest(t.Context(), tag("3.0"))
	wantErr(t, err, registry.ErrNotFound, "me/one:1.0", "me/two:latest", nameless.configName())
}

// TestNote: what is not compressed is told, once, and only with a number that is about right.
func TestNote(t *testing.T) {
	for _, test := range []struct {
		name     string
		content  []byte
		compress bool
		want     string
	}{
		{"engine", one.save(t, asIs), false, ":me/one:1.0: 3 layers are not compressed; --compress gzip saves about 9"},
		{"compressed", one.save(t, func(s string) string { return string(gzipped([]byte(s))) }), false, ""},
		{"to be compressed", one.save(t, asIs), true, ""},
		{"newer engine", newSave(t), false, ": 2 layers are not compressed; --compress gzip saves about 9"},
		{"newer engine, to be compressed", newSave(t), true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var notes []string
			note := func(text string) { notes = append(notes, text) }
			repo := open(t, write(t, test.content), archive.Options{Kind: docker.Kind, Compress: test.compress, Note: note})
			for range 2 {
				m, err := repo.Manifest(t.Context(), registry.Ref{})
				if err != nil {
					t.Fatal(err)
				}
				wantWhole(t, repo, m)
			}
			if got := strings.Join(notes, "\n"); !strings.Contains(got, test.want) || (got == "") != (test.want == "") || len(notes) > 1 {
				t.Errorf("the notes are %q", notes)
			}
		})
	}
}

// newSave is what docker 25 to 28 save: an OCI layout whose layers are not compressed, and beside it
// what older ones read.
func newSave(t testing.TB) []byte {
	t.Helper()
	image := dockerImage{names: one.names, arch: "amd64", layers: []string{one.layers[0], one.layers[2]}}
	blob := func(content string) (item, v1.Descriptor) {
		d := registry.DigestOf([]byte(content))
		return file("blobs/sha256/"+d.Hex, content), v1.Descriptor{Digest: d, Size: int64(len(content))}
	}
	config, c := blob(image.config())
	a, da := blob(image.layers[0])
	b, db := blob(image.layers[1])
	layer := func(d v1.Descriptor) string {
		return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d,"annotations":{"k":"v"}}`, types.OCIUncompressedLayer, d.Digest, d.Size)
	}
	manifest, m := blob(fmt.Sprintf(`{"schemaVersion": 2, "mediaType":%q,"config":{"mediaType":%q,"digest":%q,"size":%d},"layers":[%s,%s]}`,
		types.OCIManifestSchema1, types.OCIConfigJSON, c.Digest, c.Size, layer(da), layer(db)))
	return tarOf(t, config, a, b, manifest, file("oci-layout", `{"imageLayoutVersion": "1.0.0"}`),
		file("index.json", fmt.Sprintf(`{"schemaVersion":2,"manifests":[{"mediaType":%q,"digest":%q,"size":%d,`+
			`"annotations":{"io.containerd.image.name":"docker.io/me/one:1.0","org.opencontainers.image.ref.name":"1.0"}}]}`,
			types.OCIManifestSchema1, m.Digest, m.Size)),
		manifestJSON(fmt.Sprintf(`{"Config":%q,"RepoTags":["me/one:1.0"],"Layers":[%q,%q]}`, config.Name, a.Name, b.Name)))
}

// TestNewSave: its manifest stays as it is, unless the layers are to be compressed.
func TestNewSave(t *testing.T) {
	for _, test := range []struct {
		options archive.Options
		layers  types.MediaType
	}{
		{docker, types.OCIUncompressedLayer},
		{oci, types.OCIUncompressedLayer},
		{archive.Options{Kind: docker.Kind, Compress: true}, types.OCILayer},
	} {
		repo := open(t, write(t, newSave(t)), test.options)
		m, err := repo.Manifest(t.Context(), tag("me/one:1.0"))
		if err != nil {
			t.Fatal(err)
		}
		wantWhole(t, repo, m)
		if same := bytes.HasPrefix(m.Bytes, []byte(`{"schemaVersion": 2`)); same == test.options.Compress {
			t.Errorf("%v: the manifest is %s", test.options.Compress, m.Bytes)
		}
		for i, d := range layersOf(t, m) {
			if d.MediaType != test.layers || d.Annotations["k"] != "v" {
				t.Errorf("layer %d is %+v", i, d)
			}
		}
	}
}

// TestHugeLayer names a layer whose size no old header can hold. It is not read to be named.
func TestHugeLayer(t *testing.T) {
	const size = 9 << 30
	digest := registry.DigestOf(nil)
	config := `{"rootfs":{"type":"layers","diff_ids":["` + digest.String() + `"]}}`
	head := tarOf(t, file("config.json", config), manifestJSON(`{"Config":"config.json","RepoTags":["a:1"],"Layers":["l.tar"]}`))
	for _, format := range []tar.Format{tar.FormatPAX, tar.FormatGNU} {
		var b bytes.Buffer
		b.Write(head[:len(head)-1024]) // without the mark of the end
		if err := tar.NewWriter(&b).WriteHeader(&tar.Header{Name: "l.tar", Typeflag: tar.TypeReg, Size: size, Format: format}); err != nil {
			t.Fatal(err)
		}
		path := write(t, b.Bytes())
		if err := os.Truncate(path, int64(b.Len())+size+1024); err != nil {
			t.Skip("no file of that size here:", err)
		}
		m, err := open(t, path, docker).Manifest(t.Context(), tag("1"))
		if err != nil {
			t.Fatal(format, err)
		}
		if d := layersOf(t, m)[0]; d.Size != size || d.Digest != digest {
			t.Errorf("%v: the layer is %+v", format, d)
		}
	}
}
