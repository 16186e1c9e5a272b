package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"maps"
	"path"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// nonroot is the user and the group of the images.
const nonroot = 65532

// A node is a file, a folder or a symbolic link of an image.
type node struct {
	mode    int64
	owner   int
	content []byte
	link    string
	pax     map[string]string // records of the header
	folder  bool
}

// A tree is the nodes of a layer by path, without a leading slash. The folders that a path needs come by themselves.
type tree map[string]node

func (t tree) file(name string, mode int64, content []byte) {
	t[name] = node{mode: mode, content: content}
}

func (t tree) link(name, to string) { t[name] = node{mode: 0o777, link: to} }

func (t tree) folder(name string, mode int64, owner int) {
	t[name] = node{mode: mode, owner: owner, folder: true}
}

// complete adds the folders above each path.
func (t tree) complete() tree {
	all := maps.Clone(t)
	for name := range t {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, ok := all[dir]; !ok {
				all.folder(dir, 0o755, 0)
			}
		}
	}
	return all
}

// layer packs the tree, in the order of the paths and with one time for all.
func (t tree) layer(at time.Time) (v1.Layer, error) {
	all := t.complete()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		n := all[name]
		if err := w.WriteHeader(n.header(name, at)); err != nil {
			return nil, err
		}
		if _, err := w.Write(n.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed(b.Bytes())
}

func (n node) header(name string, at time.Time) *tar.Header {
	h := &tar.Header{
		Name: name, Mode: n.mode, Uid: n.owner, Gid: n.owner, ModTime: at,
		Typeflag: tar.TypeReg, Size: int64(len(n.content)), Linkname: n.link, PAXRecords: n.pax,
	}
	switch {
	case n.folder:
		h.Name, h.Typeflag = name+"/", tar.TypeDir
	case n.link != "":
		h.Typeflag = tar.TypeSymlink
	}
	return h
}

func packed(content []byte) (v1.Layer, error) {
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.DefaultCompression), tarball.WithCompressedCaching)
}

// base returns what all Linux images have below the program.
func base(certificates []byte, shell string) tree {
	shell = cmp.Or(shell, "/sbin/nologin")
	t := tree{}
	t.file("etc/ssl/certs/ca-certificates.crt", 0o644, certificates)
	t.file("etc/passwd", 0o644, []byte("root:x:0:0:root:/root:"+shell+"\nnonroot:x:65532:65532:nonroot:/home/nonroot:"+shell+"\n"))
	t.file("etc/group", 0o644, []byte("root:x:0:\nnonroot:x:65532:\n"))
	t.folder("home/nonroot", 0o755, nonroot)
	t.folder("root", 0o700, 0)
	t.folder("tmp", 0o1777, 0)
	return t
}

// addShell adds busybox under the names of its commands.
func (t tree) addShell(files map[string][]byte) {
	t.file("bin/busybox", 0o755, files["usr/bin/busybox"])
	t.file("usr/share/doc/busybox-static/copyright", 0o644, files["usr/share/doc/busybox-static/copyright"])
	for _, name := range applets {
		t.link("bin/"+name, "busybox")
	}
	t.link("usr/bin/env", "/bin/busybox")
}
