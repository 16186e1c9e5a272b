package layout_test

import (
	"os"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// TestRepair: a file of the right name with wrong content does not count as the blob.
func TestRepair(t *testing.T) {
	l := newLayout(t)
	var source repositorytest.Memory
	d := source.AddBlob("", []byte("content"))
	for _, stored := range []string{"", "cont", "CONTENT", "content and more"} {
		l.write(blobName(d.Digest), stored)
		repo := open(t, l.dir)
		image := registry.NewManifest(types.OCIManifestSchema1, []byte(`{"config":`+named(d)+`,"layers":[]}`))
		wantErr(t, repo.PutManifest(t.Context(), tag("v1"), image), registry.ErrRefused, d.Digest.String())
		if got, err := repo.PutBlob(t.Context(), d, &source); got != registry.Streamed || err != nil {
			t.Errorf("PutBlob over %q = %v, %v", stored, got, err)
		}
		mustPut(t, repo, tag("v1"), image)
		repo.Close()
		wantSound(t, l.dir)
		os.Remove(l.path("index.json"))
	}
}

// TestDamaged: a blob that was right when it was put, and is not any more, is noticed. The time
// stamp may tell; one of this very moment may not.
func TestDamaged(t *testing.T) {
	for name, stamps := range map[string][2]time.Duration{
		"old": {-time.Hour, -time.Minute}, "new": {time.Hour, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLayout(t)
			repo := open(t, l.dir)
			var source repositorytest.Memory
			d := source.AddBlob("", []byte("content"))
			if _, err := repo.PutBlob(t.Context(), d, &source); err != nil {
				t.Fatal(err)
			}
			now := time.Now()
			file := l.path(blobName(d.Digest))
			os.Chtimes(file, now, now.Add(stamps[0]))
			if has, err := repo.HasBlob(t.Context(), d); !has || err != nil {
				t.Fatal(has, err)
			}
			image := func(d v1.Descriptor) registry.Manifest {
				return registry.NewManifest(types.OCIManifestSchema1, []byte(`{"config":`+named(d)+`,"layers":[]}`))
			}
			other := d
			other.Size++
			wantErr(t, repo.PutManifest(t.Context(), tag("v1"), image(other)), registry.ErrRefused, d.Digest.String())
			l.write(blobName(d.Digest), "CONTENT")
			os.Chtimes(file, now, now.Add(stamps[1]))
			wantErr(t, repo.PutManifest(t.Context(), tag("v1"), image(d)), registry.ErrRefused, d.Digest.String())
		})
	}
}

// TestPutManifestChecks covers what the suite does not ask of every registry.
func TestPutManifestChecks(t *testing.T) {
	l := newLayout(t)
	config := l.blob("{}")
	missing := v1.Descriptor{MediaType: types.DockerForeignLayer, Digest: registry.DigestOf([]byte("x")), Size: 1, URLs: []string{"https://example.com"}}
	body := func(config, layers string) []byte {
		return []byte(`{"config":` + config + `,"layers":[` + layers + `]}`)
	}
	for name, test := range map[string]struct {
		m   registry.Manifest
		err error
	}{
		"foreign layer":   {registry.NewManifest(types.DockerManifestSchema2, body(named(config), named(missing))), nil},
		"missing subject": {registry.NewManifest(types.OCIManifestSchema1, []byte(`{"subject":`+named(missing)+`,"config":`+named(config)+`}`)), nil},
		"no type":         {registry.NewManifest("", body(named(config), "")), registry.ErrInvalid},
		"other type":      {registry.NewManifest(types.OCIManifestSchema1, []byte(`{"mediaType":"application/vnd.oci.image.index.v1+json"}`)), registry.ErrUnverified},
		"not JSON":        {registry.NewManifest(types.OCIManifestSchema1, []byte(`manifest`)), registry.ErrRefused},
		"two values":      {registry.NewManifest(types.OCIManifestSchema1, []byte(`{}{}`)), registry.ErrRefused},
		"no list":         {registry.NewManifest(types.OCIManifestSchema1, body(named(config), `"layer"`)), registry.ErrRefused},
		"no digest":       {registry.NewManifest(types.OCIManifestSchema1, body("{}", "")), registry.ErrUnverified},
		"sha512":          {registry.NewManifest(types.OCIManifestSchema1, body(`{"digest":"sha512:`+strings.Repeat("0", 128)+`"}`, "")), registry.ErrUnverified},
		"wrong size":      {registry.NewManifest(types.OCIManifestSchema1, body(`{"size":3,"digest":"`+config.Digest.String()+`"}`, "")), registry.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			err := open(t, l.dir).PutManifest(t.Context(), tag("v1"), test.m)
			if test.err != nil {
				wantErr(t, err, test.err)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	repo := open(t, l.dir)
	for _, name := range []string{"docker.io/library/x:1.0", "a@b"} { // names that no registry knows
		mustPut(t, repo, tag(name), index("a"))
		if m, err := repo.Manifest(t.Context(), tag(name)); err != nil || m.Digest != index("a").Digest {
			t.Errorf("%s is %s, %v", name, m.Digest, err)
		}
	}
}
