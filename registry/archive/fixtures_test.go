package archive_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
)

// fixtures are what real builders wrote (testdata), and what is in there.
var fixtures = []struct {
	file    string
	options archive.Options
	names   []string // that all mean the same
	digest  string
	blobs   int // behind it
}{
	{"amd64-plain.oci.tar", oci, []string{""}, "ff92b79214f957edeab82aba6f7692fbb4c9062bdd80ed1380142e60a99d4c65", 2},
	{"amd64-provenance.oci.tar", oci, []string{""}, "0084f283994273e88f3972dc1db7c5b3dd1c95ceac6629860b46d27d4989a2f4", 4},
	{"arm64-provenance.oci.tar", oci, []string{""}, "ed212b50664443db6ce331d63b8a090a4809fc2cf6f95c0a68910fe5a21a0dc8", 4},
	{"three-platforms.oci.tar", oci, []string{"", "1.0", "acme/app:1.0", "docker.io/acme/app:1.0"}, "49ce606cb5f26bdd84422a9f9a182faf1dd30486c256f5cb6629142cae43ae4a", 12},
	{"podman-arm64.oci-archive.tar", oci, []string{"", "1.0-arm64", "localhost/fx/pod:1.0-arm64"}, "e0f68b01e97ccca62e78cbbdd8d26215aea99644d639722e9cd2789663d015c8", 2},
	{"arm64.docker.tar", docker, []string{"", "1.0-arm64", "acme/app:1.0-arm64"}, "9f9df368e94420d41da6dad9ab97d895bf14d5800bbf82dbbf4dfb734c0c0dec", 2},
	{"arm64.docker.tar", oci, []string{""}, "9f9df368e94420d41da6dad9ab97d895bf14d5800bbf82dbbf4dfb734c0c0dec", 2}, // it is both
	{"armv7.docker.tar", docker, []string{"", "1.0-armv7"}, "fac2d271362c2c43a5bb989990a5591cccdc6ea241653d0b204ab4f853176112", 2},
	{"engine-one-image.docker.tar", docker, []string{"", "1.0-arm64", "fx/one:1.0-arm64", "docker.io/fx/one:1.0-arm64"}, "b51ae872861ba265a4b2d058ec9bd043399e57267d8d36ddb3aea4c3058ab9de", 2},
}

func TestFixtures(t *testing.T) {
	for _, f := range fixtures {
		raw, err := os.ReadFile(filepath.Join("testdata", f.file))
		if err != nil {
			t.Fatal(err)
		}
		for form, path := range map[string]string{
			"plain": filepath.Join("testdata", f.file), "gzip": write(t, gzipped(raw)), "cut padding": write(t, raw[:len(raw)-512]),
		} {
			t.Run(f.options.Kind.String()+" "+f.file+" "+form, func(t *testing.T) {
				repo := open(t, path, f.options)
				for _, name := range f.names {
					m, err := repo.Manifest(t.Context(), tag(name))
					if err != nil || m.Digest.Hex != f.digest || registry.DigestOf(m.Bytes) != m.Digest {
						t.Fatalf("%q is %s, %v", name, m.Digest, err)
					}
					d, err := repo.Describe(t.Context(), tag(name))
					if want := m.Descriptor(); err != nil || d.Digest != want.Digest || d.Size != want.Size || d.MediaType != want.MediaType {
						t.Errorf("Describe(%q) = %v, %v", name, d, err)
					}
					again, err := repo.Manifest(t.Context(), registry.Ref{Digest: m.Digest})
					if err != nil || string(again.Bytes) != string(m.Bytes) || again.MediaType != m.MediaType {
						t.Errorf("by digest: %s, %v", again.Bytes, err)
					}
					if n := wantWhole(t, repo, m); n != f.blobs {
						t.Errorf("%d blobs, want %d", n, f.blobs)
					}
				}
				_, err := repo.Manifest(t.Context(), tag("2.0"))
				wantErr(t, err, registry.ErrNotFound, `"2.0"`, path)
			})
		}
	}
}

// TestByDigestAlone asks for what has to be made before it is known.
func TestByDigestAlone(t *testing.T) {
	first := open(t, "testdata/engine-one-image.docker.tar", docker)
	m, err := first.Manifest(t.Context(), registry.Ref{})
	if err != nil {
		t.Fatal(err)
	}
	blobs, _, _ := registry.References(m)
	for _, d := range blobs {
		if _, err := read(t, open(t, "testdata/engine-one-image.docker.tar", docker), d); err != nil {
			t.Error(err)
		}
	}
	second := open(t, "testdata/engine-one-image.docker.tar", docker)
	if again, err := second.Manifest(t.Context(), registry.Ref{Digest: m.Digest}); err != nil || string(again.Bytes) != string(m.Bytes) {
		t.Errorf("%s, %v", again.Bytes, err)
	}
	_, err = second.Manifest(t.Context(), registry.Ref{Digest: registry.DigestOf(nil)})
	wantErr(t, err, registry.ErrNotFound, "engine-one-image")
}

// TestOtherKinds names files that are something else, each with the word that helps.
func TestOtherKinds(t *testing.T) {
	layout := t.TempDir()
	if err := os.WriteFile(filepath.Join(layout, "oci-layout"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path string
		options    archive.Options
		class      error
		word       string
	}{
		{"docker as OCI", "testdata/engine-one-image.docker.tar", oci, registry.ErrInvalid, "use docker-archive:testdata/engine-one"},
		{"OCI as docker", "testdata/amd64-plain.oci.tar", docker, registry.ErrInvalid, "use oci-archive:testdata/amd64"},
		{"root file system", "testdata/rootfs-amd64.tar", oci, registry.ErrInvalid, `a root file system, not an image (the first entry is "hello.txt")`},
		{"root file system as docker", "testdata/rootfs-amd64.tar", docker, registry.ErrInvalid, "type=tar"},
		{"with links in it", write(t, tarOf(t, special(tarDir, "./", ""), special(tarLink, "bin/a", "/bin/b"), special(tarSymlink, "lib", "/usr/lib"))), oci, registry.ErrInvalid, `a root file system, not an image (the first entry is "bin/a")`},
		{"layout folder", layout, oci, registry.ErrInvalid, "use oci-layout:" + layout},
		{"folder", t.TempDir(), docker, registry.ErrInvalid, "type=local writes a root file system"},
		{"layout below a folder", write(t, tarOf(t, file("out/oci-layout", "{}"), file("out/index.json", "{}"))), oci, registry.ErrInvalid, `in the folder "out"`},
		{"before docker 1.10", write(t, tarOf(t, file("abc/json", "{}"), file("repositories", "{}"))), docker, registry.ErrInvalid, "docker before 1.10"},
		{"device", os.DevNull, oci, registry.ErrInvalid, "not a regular file"},
		{"empty file", write(t, nil), oci, registry.ErrInvalid, "the file is empty"},
		{"empty tar", write(t, tarOf(t)), oci, registry.ErrInvalid, "the tar is empty"},
		{"text", write(t, []byte("image: app\n")), oci, registry.ErrInvalid, "not a tar"},
		{"long text", write(t, bytes.Repeat([]byte("text"), 1000)), docker, registry.ErrInvalid, "not a tar"},
		{"compressed text", write(t, gzipped([]byte("text"))), oci, registry.ErrInvalid, "not a tar"},
		{"zstd", write(t, []byte("\x28\xb5\x2f\xfd....")), oci, registry.ErrInvalid, "zstd -d"},
		{"xz", write(t, []byte("\xfd7zXZ\x00..")), docker, registry.ErrInvalid, "xz -d"},
		{"bzip2", write(t, []byte("BZh9....")), oci, registry.ErrInvalid, "bzip2 -d"},
		{"missing", filepath.Join(layout, "missing.tar"), oci, registry.ErrNotFound, "missing.tar"},
	} {
		t.Run(test.name, func(t *testing.T) {
			repo := open(t, test.path, test.options)
			for range 2 {
				_, err := repo.Manifest(t.Context(), registry.Ref{})
				wantErr(t, err, test.class, test.word, test.path)
			}
			m := registry.NewManifest("", nil)
			_, err := repo.Blob(t.Context(), m.Descriptor())
			wantErr(t, err, test.class, test.word)
			if has, err := repo.HasBlob(t.Context(), m.Descriptor()); test.class != registry.ErrNotFound {
				wantErr(t, err, test.class, test.word)
			} else if has || err != nil {
				t.Errorf("HasBlob = %v, %v", has, err)
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	repo := open(t, "testdata/amd64-plain.oci.tar", oci)
	m, err := repo.Manifest(t.Context(), registry.Ref{})
	if err != nil {
		t.Fatal(err)
	}
	wantErr(t, repo.PutManifest(t.Context(), tag("v1"), m), registry.ErrInvalid, "an existing archive cannot be changed")
	_, err = repo.PutBlob(t.Context(), m.Descriptor(), repo)
	wantErr(t, err, registry.ErrInvalid, "an existing archive cannot be changed")
	for _, path := range []string{"", "x.tar"} {
		if _, err := archive.Open(path, archive.Options{}); !isInvalid(err) {
			t.Errorf("Open(%q) without a kind: %v", path, err)
		}
	}
	repo.Close()
	if _, err := read(t, repo, m.Descriptor()); err == nil {
		t.Error("read after Close")
	}
}
