package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/cachedir"
)

// A bulkRegistry is a registry for many thousand small images, which it need not be sent. It checks nothing: what a
// registry checks is the subject of other tests.
type bulkRegistry struct {
	*httptest.Server
	mu      sync.Mutex
	content map[string]registry.Manifest // by digest, also blobs
	tags    map[string]v1.Hash           // by repository:tag
	copied  map[string]bool              // what the repository new has; all other repositories have everything
	counts  map[string]int               // of requests, by method and kind
}

func newBulkRegistry(t *testing.T) *bulkRegistry {
	b := &bulkRegistry{content: map[string]registry.Manifest{}, tags: map[string]v1.Hash{}, copied: map[string]bool{}, counts: map[string]int{}}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

func (b *bulkRegistry) host() string { return b.Listener.Addr().String() }

// calm forgets the requests.
func (b *bulkRegistry) calm() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts = map[string]int{}
}

// addIndex adds an index of two images under a tag, as the program makes it, and leaves in a cache what the program has
// to know of the images: runs that read and push all of them take minutes.
func (b *bulkRegistry) addIndex(cache *cachedir.Dir, repository, tag string) (digests []v1.Hash) {
	var entries []string
	for _, architecture := range []string{"amd64", "arm64"} {
		image := b.add(architecture, tag, cache)
		entries = append(entries, fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d,"platform":{"architecture":%q,"os":"linux"}}`,
			image.MediaType, image.Digest, len(image.Bytes), architecture))
		digests = append(digests, image.Digest)
	}
	const mediaType = "application/vnd.oci.image.index.v1+json"
	index := registry.NewManifest(mediaType, fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":%q,"manifests":[%s]}`, mediaType, strings.Join(entries, ",")))
	b.content[index.Digest.String()] = index
	b.tags[repository+":"+tag] = index.Digest
	return digests
}

// add adds an image, to a cache too: of the repository that has the name of the architecture.
func (b *bulkRegistry) add(architecture, seed string, cache *cachedir.Dir) registry.Manifest {
	const types = "application/vnd.oci.image."
	config := registry.NewManifest("", fmt.Appendf(nil, `{"os":"linux","architecture":%q,"author":%q,"config":{},"rootfs":{"type":"layers","diff_ids":[]}}`, architecture, seed))
	layer := registry.NewManifest("", fmt.Appendf(nil, "layer %s %s", architecture, seed))
	manifest := fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":"%[1]smanifest.v1+json","config":{"mediaType":"%[1]sconfig.v1+json","digest":%[2]q,"size":%[3]d},`+
		`"layers":[{"mediaType":"%[1]slayer.v1.tar+gzip","digest":%[4]q,"size":%[5]d}]}`,
		types, config.Digest, len(config.Bytes), layer.Digest, len(layer.Bytes))
	m := registry.NewManifest(types+"manifest.v1+json", manifest)
	for _, c := range []registry.Manifest{config, layer, m} {
		b.content[c.Digest.String()] = c
	}
	scope := cachedir.ScopeOf(b.host()+"/"+architecture, "")
	config.MediaType = types + "config.v1+json"
	cache.Put(cachedir.Key{Scope: scope, Digest: m.Digest}, m)
	cache.Put(cachedir.Key{Scope: scope + "/blobs", Digest: config.Digest}, config)
	return m
}

func (b *bulkRegistry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
	kind, _, _ := strings.Cut(rest, "/")
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[r.Method+" "+kind]++
	last := path.Base(rest)
	switch {
	case r.Method == http.MethodPut && kind == "manifests":
		m := registry.NewManifest("", body)
		m.MediaType = "application/vnd.oci.image.index.v1+json"
		if strings.Contains(r.Header.Get("Content-Type"), "manifest.v1") {
			m.MediaType = "application/vnd.oci.image.manifest.v1+json"
		}
		b.content[m.Digest.String()], b.copied[m.Digest.String()] = m, true
		if !strings.HasPrefix(last, "sha256:") {
			b.tags[name+":"+last] = m.Digest
		}
		w.Header().Set("Docker-Content-Digest", m.Digest.String())
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPost && r.URL.Query().Get("mount") != "":
		b.copied[r.URL.Query().Get("mount")] = true
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		digest := last
		if !strings.HasPrefix(last, "sha256:") {
			digest = b.tags[name+":"+last].String()
		}
		m, ok := b.content[digest]
		if !ok || name == "new" && !b.copied[digest] {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", string(m.MediaType))
		w.Header().Set("Docker-Content-Digest", digest)
		w.Header().Set("Content-Length", fmt.Sprint(len(m.Bytes)))
		if r.Method == http.MethodGet {
			w.Write(m.Bytes)
		}
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}
