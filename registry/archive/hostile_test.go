package archive_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
)

// items are the entries of an archive that is sound, which a test makes hostile.
func items(t testing.TB, content []byte) []item {
	t.Helper()
	var all []item
	for r := tar.NewReader(bytes.NewReader(content)); ; {
		header, err := r.Next()
		if err != nil {
			return all
		}
		var b bytes.Buffer
		b.ReadFrom(r)
		header.PAXRecords, header.Format = nil, 0
		if header.Typeflag == tar.TypeReg {
			header.Typeflag = 0
		}
		all = append(all, item{*header, b.String()})
	}
}

// soundOnes are an archive of each kind.
func soundOnes(t testing.TB) map[string]archive.Options {
	t.Helper()
	plain, err := os.ReadFile("testdata/amd64-plain.oci.tar")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]archive.Options{string(plain): oci, string(one.save(t, asIs)): docker, string(newSave(t)): docker}
}

// raw is an entry whose header is made by hand: package tar would not write it.
func raw(t testing.TB, kind byte, size string, name, content string) string {
	t.Helper()
	header := tarOf(t, file(name, ""))[:512]
	if size == "" {
		size = fmt.Sprintf("%011o", len(content))
	}
	copy(header[124:136], size+"\x00")
	if header[156] = kind; kind == 'S' {
		copy(header[257:265], "ustar  \x00") // GNU's
	}
	copy(header[148:156], "        ")
	sum := 0
	for _, b := range header {
		sum += int(b)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return string(header) + content + strings.Repeat("\x00", (512-len(content)%512)%512)
}

func pax(records string) string {
	for n := len(records); ; n++ {
		if line := fmt.Sprintf("%d %s\n", n, records); len(line) == n {
			return line
		}
	}
}

// TestHostileEntries adds to a sound archive what no builder writes.
func TestHostileEntries(t *testing.T) {
	header := func(h tar.Header) []item { return []item{{h, ""}} }
	for _, test := range []struct {
		name  string
		items []item
		raw   string // in front of all
		word  string
	}{
		{"absolute name", []item{file("/etc/passwd", "x")}, "", `"/etc/passwd" is an absolute name`},
		{"parent folder", []item{file("a/../../b", "x")}, "", `"a/../../b" leads out`},
		{"parent folder inside", []item{file("a/../index.json", "x")}, "", "leads out"},
		{"backslash", []item{file(`..\b`, "x")}, "", "not a portable file name"},
		{"hard link", []item{special(tar.TypeLink, "b", "index.json")}, "", `"b" is a hard link`},
		{"symbolic link out", []item{special(tar.TypeSymlink, "b", "/etc/passwd")}, "", `"b" is a symbolic link to "/etc/passwd"`},
		{"symbolic link up", []item{special(tar.TypeSymlink, "a/b", "../../c")}, "", "symbolic link"},
		{"symbolic link to nothing", []item{special(tar.TypeSymlink, "b", "c")}, "", "symbolic link"},
		{"chain of links", []item{file("c", "x"), special(tar.TypeSymlink, "b", "c"), special(tar.TypeSymlink, "a", "b")}, "", `symbolic link`},
		{"link to a folder", []item{special(tar.TypeDir, "c/", ""), special(tar.TypeSymlink, "b", "c")}, "", "symbolic link"},
		{"link to itself", []item{special(tar.TypeSymlink, "b", "b")}, "", "symbolic link"},
		{"pipe", []item{special(tar.TypeFifo, "b", "")}, "", "neither a file nor a folder"},
		{"device", header(tar.Header{Typeflag: tar.TypeChar, Name: "b", Devmajor: 1}), "", "neither a file nor a folder"},
		{"same name twice", []item{file("b", "x"), file("b", "y")}, "", `"b" occurs twice`},
		{"same name in two spellings", []item{file("b", "x"), file(".//b", "y")}, "", "twice"},
		{"file and folder", []item{file("b", "x"), special(tar.TypeDir, "b/", "")}, "", "twice"},
		{"two of index.json or manifest.json", []item{file("./index.json", "{}"), file("./manifest.json", "[]"), file("./index.json", "{}"), file("./manifest.json", "[]")}, "", "twice"},
		{"terminal", []item{file("/\x1b]0;evil\a", "x")}, "", `\x1b]0;evil`},
		{"endless name", []item{file("/"+strings.Repeat("long", 10_000), "x")}, "", `"...`},
		{"global header", []item{{tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "x", PAXRecords: map[string]string{"path": "index.json"}}, ""}}, "", "global header"},
		{"sparse", nil, raw(t, 'S', "00000000000", "b", ""), "neither a file"},
		{"sparse by pax", nil, raw(t, 'x', "", "p", pax("GNU.sparse.major=1")) + raw(t, '0', "00000000000", "b", ""), "sparse"},
		{"two sizes", nil, raw(t, 'x', "", "p", pax("size=512")) + raw(t, '0', "00000000000", "b", strings.Repeat("\x00", 512)), "two sizes"},
		{"long name of 1 GiB", nil, raw(t, 'L', "10000000000", "././@LongLink", ""), "damaged"},
		{"pax of 1 GiB", nil, raw(t, 'x', "10000000000", "p", ""), "damaged"},
		{"negative size", nil, raw(t, '0', "-0000000001", "b", ""), ""},
		{"unknown type", nil, raw(t, 'Z', "00000000000", "b", ""), "neither a file"},
		{"content of 8 EiB", nil, raw(t, '0', "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff", "b", ""), ""},
	} {
		for content, o := range soundOnes(t) {
			sound := items(t, []byte(content))
			hostile := []byte(test.raw + string(tarOf(t, append(sound, test.items...)...)))
			for form, content := range map[string][]byte{"": hostile, " gzip": gzipped(hostile)} {
				t.Run(test.name+" "+o.Kind.String()+form, func(t *testing.T) {
					path := write(t, content)
					repo := open(t, path, o)
					for _, ref := range []registry.Ref{{}, tag("1.0"), {Digest: registry.DigestOf(nil)}} {
						_, err := repo.Manifest(t.Context(), ref)
						if test.word == "" && isInvalid(err) {
							continue // no tar at all
						}
						wantErr(t, err, registry.ErrUnverified, test.word, path)
					}
				})
			}
		}
	}
}

// TestCut cuts archives off wherever it matters. What is read of them is all right, or an error.
func TestCut(t *testing.T) {
	for content, o := range soundOnes(t) {
		for _, compress := range []func([]byte) []byte{func(b []byte) []byte { return b }, gzipped} {
			whole := compress([]byte(strings.TrimRight(content, "\x00"))) // the zeros mean nothing
			step := max(len(whole)/40, 1)
			for n := step; n < len(whole)-20; n += step {
				repo := open(t, write(t, whole[:n]), o)
				m, err := repo.Manifest(t.Context(), registry.Ref{})
				if err == nil {
					t.Errorf("%d of %d bytes are enough for %s", n, len(whole), m.Digest)
				} else if !isInvalid(err) || n > 512 {
					wantErr(t, err, registry.ErrUnverified)
				}
				repo.Close()
			}
		}
	}
}

// TestTooMuch: nothing is kept without a bound.
func TestTooMuch(t *testing.T) {
	many := make([]item, 1<<16+1)
	for i := range many {
		many[i] = file(fmt.Sprint("blobs/", i), "")
	}
	long := make([]item, 20)
	for i := range long {
		long[i] = file(fmt.Sprint("blobs/", i, strings.Repeat("x", 900_000)), "")
	}
	files := make([]item, 1<<16+1)
	for i := range files {
		files[i] = file(fmt.Sprint("usr/", i), "")
	}
	_, err := open(t, write(t, tarOf(t, many...)), oci).Manifest(t.Context(), registry.Ref{})
	wantErr(t, err, registry.ErrUnverified, "65536 entries")
	_, err = open(t, write(t, tarOf(t, long...)), oci).Manifest(t.Context(), registry.Ref{})
	wantErr(t, err, registry.ErrUnverified, "8 MiB of names")
	_, err = open(t, write(t, tarOf(t, files...)), oci).Manifest(t.Context(), registry.Ref{})
	wantErr(t, err, registry.ErrInvalid, "root file system")
	huge := tarOf(t, file("oci-layout", `{"imageLayoutVersion":"1.0.0"}`), file("index.json", strings.Repeat(" ", registry.MaxManifest+1)))
	_, err = open(t, write(t, huge), oci).Manifest(t.Context(), registry.Ref{})
	wantErr(t, err, registry.ErrUnverified, "index.json", "4194304")
	huge = tarOf(t, file("manifest.json", "["+strings.Repeat(" ", registry.MaxManifest)+"]"))
	_, err = open(t, write(t, huge), docker).Manifest(t.Context(), registry.Ref{})
	wantErr(t, err, registry.ErrUnverified, "manifest.json", "4194304")
}

func TestBombs(t *testing.T) {
	zeros := tarOf(t, append(items(t, one.save(t, asIs)), file("b", strings.Repeat("\x00", 4<<20)))...)
	repo := open(t, write(t, gzipped(zeros)), docker)
	repo.SetFree(1 << 20)
	_, err := repo.Manifest(t.Context(), registry.Ref{})
	wantErr(t, err, registry.ErrUnverified, "a decompression bomb")

	bomb := dockerImage{names: one.names, arch: "amd64", layers: []string{strings.Repeat("\x00", 4<<20)}}
	content := bomb.save(t, func(s string) string { return string(gzipped([]byte(s))) })
	for free, class := range map[int64]error{1 << 20: registry.ErrUnverified, 1 << 30: nil} {
		repo = open(t, write(t, content), docker)
		repo.SetFree(free)
		if _, err = repo.Manifest(t.Context(), registry.Ref{}); class != nil {
			wantErr(t, err, class, "a decompression bomb", "0/layer.tar")
		} else if err != nil {
			t.Errorf("zeros below the bound: %v", err)
		}
	}
}

// TestChanged reads a file that becomes another one after its headers were read.
func TestChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "image.tar")
	for name, change := range map[string]func(content []byte) []byte{
		"other bytes": func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("layer of a"), []byte("LAYER of a")) },
		"cut":         func(b []byte) []byte { return b[:2000] },
	} {
		t.Run(name, func(t *testing.T) {
			content := one.save(t, asIs)
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			for _, compress := range []bool{false, true} {
				os.WriteFile(path, content, 0o644)
				repo := open(t, path, archive.Options{Kind: docker.Kind, Compress: compress})
				m, err := repo.Manifest(t.Context(), registry.Ref{})
				if err != nil {
					t.Fatal(err)
				}
				os.WriteFile(path, change(content), 0o644)
				_, err = read(t, repo, layersOf(t, m)[0])
				wantErr(t, err, registry.ErrUnverified)
			}
		})
	}
}
