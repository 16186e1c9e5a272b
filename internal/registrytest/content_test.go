package registrytest

import (
	"strings"
	"testing"
)

func TestPushChecks(t *testing.T) {
	image := Image{}.Build()
	noBlobs, wrongDigest, wrongBlob := image, image, image
	noBlobs.Blobs = nil
	wrongDigest.Digest = digestOf(nil)
	wrongBlob.Blobs = map[string][]byte{digestOf(nil): blob}
	noChildren := Index(false, image)
	noChildren.Children = nil
	for _, tc := range []struct {
		name, repository, tag string
		artifact              Artifact
		want                  string
	}{
		{"image", "app", "latest", image, ""},
		{"by digest", "app", "", image, ""},
		{"index", "app", "latest", Index(false, image, Attested(image)), ""},
		{"no blobs", "app", "latest", noBlobs, "MANIFEST_BLOB_UNKNOWN"},
		{"no children", "app", "latest", noChildren, "MANIFEST_BLOB_UNKNOWN"},
		{"wrong digest", "app", "latest", wrongDigest, "DIGEST_INVALID"},
		{"wrong blob", "app", "latest", wrongBlob, "DIGEST_INVALID"},
		{"child without blobs", "app", "latest", Index(false, noBlobs), "MANIFEST_BLOB_UNKNOWN"},
		{"name", "App", "latest", image, "NAME_INVALID"},
		{"tag", "app", "a/b", image, "TAG_INVALID"},
		{"zero", "app", "latest", Artifact{}, "MANIFEST_INVALID"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := New(t, Options{})
			err := srv.keep(tc.repository, tc.tag, tc.artifact)
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("got %v, want %s", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_, tagged := srv.Tag("app", "latest")
			equal(t, "tagged", tagged, tc.tag != "")
			equal(t, "requests", len(srv.Requests()), 0)
		})
	}
	srv := New(t, Options{ImmutableTags: true})
	srv.Push(t, "app", "v1", image)
	if err := srv.keep("app", "v1", image); err == nil {
		t.Error("an immutable tag was moved")
	}
}

func TestComplete(t *testing.T) {
	image, other := Image{}.Build(), Image{Architecture: "arm64"}.Build()
	index := Index(false, image, Index(true, other), image)
	layer := ""
	for digest := range other.Blobs {
		layer = digest
	}
	for _, tc := range []struct {
		name string
		harm func(srv *Server)
		want string
	}{
		{"whole", func(*Server) {}, ""},
		{"blob gone", func(s *Server) { s.DeleteBlob("app", layer) }, layer},
		{"manifest gone", func(s *Server) { s.DeleteManifest("app", other.Digest) }, other.Digest},
		{"index gone", func(s *Server) { s.DeleteManifest("app", index.Digest) }, index.Digest},
		{"harm elsewhere", func(s *Server) { s.DeleteBlob("other", layer) }, ""},
		{"other bytes in blob", func(s *Server) {
			blobs := s.store.repositories["app"].blobs
			blobs[layer] = make([]byte, len(blobs[layer]))
		}, layer},
		{"bytes missing in blob", func(s *Server) { s.store.repositories["app"].blobs[layer] = nil }, layer},
		{"other bytes in manifest", func(s *Server) {
			m := s.store.repositories["app"].manifests[image.Digest]
			m.raw = make([]byte, len(m.raw))
			s.store.repositories["app"].manifests[image.Digest] = m
		}, image.Digest},
		{"no tag", func(s *Server) { delete(s.store.repositories["app"].tags, "latest") }, "no such tag"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := New(t, Options{})
			srv.Push(t, "app", "latest", index)
			srv.Push(t, "other", "latest", index)
			tc.harm(srv)
			err := srv.Complete("app", "latest")
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestReadingWhatIsNotThere(t *testing.T) {
	g := NewRegistry(Options{})
	g.DeleteBlob("app", "x")
	g.DeleteManifest("app", "x")
	_, tag := g.Tag("app", "latest")
	_, _, manifest := g.Manifest("app", "x")
	equal(t, "found", tag || manifest || g.HasBlob("app", "x") || g.Complete("app", "latest") == nil, false)
}
