package layout_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// TestBuildx reads what `docker buildx build --output type=oci,tar=false` wrote.
func TestBuildx(t *testing.T) {
	repo := open(t, "testdata/buildx-amd64")
	for _, ref := range []registry.Ref{{}, {Tag: "latest"}} {
		m, err := repo.Manifest(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if m.MediaType != types.OCIImageIndex || len(m.Bytes) != 855 {
			t.Errorf("%q is a %s of %d bytes", ref, m.MediaType, len(m.Bytes))
		}
	}
	_, err := repo.Manifest(t.Context(), tag("v1"))
	wantErr(t, err, registry.ErrNotFound, `"v1"`, `"latest"`)

	index, err := repo.Manifest(t.Context(), registry.Ref{})
	if err != nil {
		t.Fatal(err)
	}
	children, err := v1.ParseIndexManifest(strings.NewReader(string(index.Bytes)))
	if err != nil {
		t.Fatal(err)
	}
	for _, child := range children.Manifests { // index.json does not name them
		m, err := repo.Manifest(t.Context(), registry.Ref{Digest: child.Digest})
		if err != nil || m.MediaType != types.OCIManifestSchema1 {
			t.Fatalf("%s is a %s, %v", child.Digest, m.MediaType, err)
		}
		image, err := v1.ParseManifest(strings.NewReader(string(m.Bytes)))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range append(image.Layers, image.Config) {
			content, err := repo.Blob(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, content); err != nil {
				t.Error(err)
			}
			content.Close()
		}
	}
}

func TestNotALayout(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, file).Manifest(t.Context(), tag("v1"))
	wantErr(t, err, registry.ErrInvalid, file, "not a folder")

	missing := filepath.Join(t.TempDir(), "missing")
	_, err = open(t, missing).Manifest(t.Context(), tag("v1"))
	wantErr(t, err, registry.ErrNotFound, missing, "no such folder")
	if _, err := os.Stat(missing); err == nil {
		t.Error("reading created the folder")
	}

	for marker, class := range map[string]error{
		"none":                           registry.ErrInvalid,
		"":                               registry.ErrNotFound, // somebody is just creating it
		`{"imageLayout`:                  registry.ErrNotFound,
		`{"imageLayoutVersion":"1.1.0"}`: nil,
		"{\n\"x\": 1, \"imageLayoutVersion\": \"1.0.0\" }\n":            nil,
		`{"imageLayoutVersion":"2.0.0"}`:                                registry.ErrUnverified,
		`{"imageLayoutVersion":1}`:                                      registry.ErrUnverified,
		`{"imageLayoutVersion":"1.0.0","imageLayoutVersion":"2.0.0"}`:   registry.ErrUnverified,
		`{"imageLayoutVersion":"1.0.0"} {"imageLayoutVersion":"2.0.0"}`: registry.ErrUnverified,
		`{}`:    registry.ErrUnverified,
		`1.0.0`: registry.ErrUnverified,
		"{\"imageLayoutVersion\":\"1.0.0\",\"x\":\"\xff\"}": registry.ErrUnverified,
	} {
		l := newLayout(t)
		l.index(named(l.blob(emptyIndex("a")), refName, "v1"))
		if l.write("oci-layout", marker); marker == "none" {
			os.Remove(l.path("oci-layout"))
		}
		_, err := open(t, l.dir).Manifest(t.Context(), tag("v1"))
		if class == nil && err != nil {
			t.Errorf("oci-layout is %s: %v", marker, err)
		} else if class != nil {
			wantErr(t, err, class, l.dir, "oci-layout")
		}
	}
}

func TestBadIndexFile(t *testing.T) {
	for content, word := range map[string]string{
		`[]`:                                 "not a JSON object",
		``:                                   "not JSON",
		`{"schemaVersion":2} {}`:             "not JSON",
		`{"schemaVersion":2}`:                "the list of manifests is missing",
		`{"schemaVersion":1,"manifests":[]}`: "schemaVersion",
		`{"manifests":[]}`:                   "schemaVersion",
		`{"schemaVersion":2,"manifests":{}}`: "the list of manifests is missing",
		`{"schemaVersion":2,"manifests":[],"manifests":[]}`:                                          "twice",
		`{"schemaVersion":2,"manifests":[],"Manifests":[{}]}`:                                        "twice",
		`{"schemaVersion":2,"manifests":[],"x":"` + strings.Repeat(" ", registry.MaxManifest) + `"}`: "4194304",
	} {
		l := newLayout(t)
		l.write("index.json", content)
		repo := open(t, l.dir)
		for _, ref := range []registry.Ref{{}, tag("v1"), {Digest: l.blob(emptyIndex("a")).Digest}} {
			_, err := repo.Manifest(t.Context(), ref)
			wantErr(t, err, registry.ErrUnverified, l.path("index.json"), word)
		}
	}
	l := newLayout(t)
	_, err := open(t, l.dir).Manifest(t.Context(), tag("v1"))
	wantErr(t, err, registry.ErrNotFound, "the index.json file is missing")
	d := l.blob(emptyIndex("a"))
	if _, err := open(t, l.dir).Manifest(t.Context(), registry.Ref{Digest: d.Digest}); err != nil {
		t.Errorf("by digest, without index.json: %v", err)
	}
}

// TestBadEntry asks for entries that make no sense. They do no harm to a good one.
func TestBadEntry(t *testing.T) {
	l := newLayout(t)
	good := l.blob(emptyIndex("a"))
	hex := good.Digest.Hex
	if err := os.WriteFile(filepath.Join(filepath.Dir(l.dir), "outside"), []byte(emptyIndex("x")), 0o644); err != nil {
		t.Fatal(err)
	}
	for entry, word := range map[string]string{
		`{"digest":"sha256:../../../outside","size":10,` + bad:             `"sha256:../../../outside" is not a sha256 digest`,
		`{"digest":"../../../outside","size":10,` + bad:                    "is not a sha256 digest",
		`{"digest":"sha256:` + strings.ToUpper(hex) + `","size":61,` + bad: "is not a sha256 digest",
		`{"digest":"sha512:` + hex + hex + `","size":61,` + bad:            "is not a sha256 digest",
		`{"digest":7,"size":10,` + bad:                                     "digest is not a string",
		`{"size":10,` + bad:                                                "is not a sha256 digest",
		`{"digest":"sha256:` + hex + `",` + bad:                            "the size is missing",
		`{"digest":"sha256:` + hex + `","size":"67",` + bad:                "the size is missing",
		`{"digest":"sha256:` + hex + `","size":1,` + bad:                   "not the 1 bytes that index.json lists",
		`{"digest":"sha256:` + hex + `","size":-1,` + bad:                  "not the -1 bytes that index.json lists",
		`{"mediaType":1,"digest":"sha256:` + hex + `","size":61,` + bad:    "mediaType is not a string",
	} {
		l.index(entry, `{"annotations":[]}`, `7`, named(good, refName, "good"))
		repo := open(t, l.dir)
		_, err := repo.Manifest(t.Context(), tag("bad"))
		wantErr(t, err, registry.ErrUnverified, word, l.dir)
		if _, err := repo.Manifest(t.Context(), tag("good")); err != nil {
			t.Errorf("beside %s: %v", entry, err)
		}
	}
}

const bad = `"annotations":{"org.opencontainers.image.ref.name":"bad"}}`

func TestMediaType(t *testing.T) {
	const (
		index  = `{"schemaVersion":2,"manifests":[]}`
		image  = `{"schemaVersion":2,"config":{},"layers":[]}`
		docker = `{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[]}`
		both   = `{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}`
		twice  = `{"schemaVersion":2,"mediaType":"a","mediaType":"b","manifests":[]}`
		other  = `{"schemaVersion":2}`
	)
	for _, test := range []struct {
		body         string
		listed, want types.MediaType
		err          error
	}{
		{index, "", types.OCIImageIndex, nil},
		{image, "", types.OCIManifestSchema1, nil},
		{docker, "", types.DockerManifestList, nil},
		{index, types.DockerManifestList, types.DockerManifestList, nil},
		{docker, types.DockerManifestList, types.DockerManifestList, nil},
		{"<xml/>", "application/xml", "application/xml", nil}, // the example of image-layout.md
		{docker, types.OCIImageIndex, "", registry.ErrUnverified},
		{docker, types.OCIManifestSchema1, "", registry.ErrUnverified},
		{"<xml/>", types.OCIImageIndex, "", registry.ErrUnverified},
		{twice, types.OCIImageIndex, "", registry.ErrUnverified},
		{`{"mediaType":1}`, types.OCIImageIndex, "", registry.ErrUnverified},
		{both, "", "", registry.ErrUnverified},
		{other, "", "", registry.ErrNotFound}, // a config, say
		{"<xml/>", "", "", registry.ErrNotFound},
	} {
		l := newLayout(t)
		d := l.blob(test.body)
		ref := registry.Ref{Digest: d.Digest}
		if d.MediaType = test.listed; test.listed != "" {
			l.index(named(d, refName, "v1"))
		}
		got, err := open(t, l.dir).Manifest(t.Context(), ref)
		if test.err != nil {
			wantErr(t, err, test.err, d.Digest.String(), l.dir)
		} else if err != nil || got.MediaType != test.want {
			t.Errorf("%s listed as %q is a %q, %v; want %q", test.body, test.listed, got.MediaType, err, test.want)
		}
	}
}

// TestWrongBlob reads blobs that are not what their names say.
func TestWrongBlob(t *testing.T) {
	content := emptyIndex("a")
	for name, stored := range map[string]string{
		"cut":   content[:10],
		"empty": "",
		"long":  content + " ",
		"wrong": strings.Replace(content, "a", "b", 1),
		"huge":  strings.Repeat(" ", registry.MaxManifest+1),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLayout(t)
			d := l.blob(content)
			l.index(named(d, refName, "v1"))
			l.write(blobName(d.Digest), stored)
			repo := open(t, l.dir)
			for _, ref := range []registry.Ref{{}, tag("v1"), {Digest: d.Digest}} {
				_, err := repo.Manifest(t.Context(), ref)
				wantErr(t, err, registry.ErrUnverified, d.Digest.Hex)
			}
			if has, err := repo.HasBlob(t.Context(), d); has || err != nil {
				t.Errorf("HasBlob = %v, %v", has, err)
			}
			r, err := repo.Blob(t.Context(), d)
			if err == nil {
				_, err = io.Copy(io.Discard, r)
				r.Close()
			}
			wantErr(t, err, registry.ErrUnverified)
		})
	}
}
