package integration

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const (
	imageSize  = 256 << 10 // of the manifest of an image
	fewImages  = 10
	manyImages = 300
	// moreMemory is how much more a copy of many images may take than a copy of few.
	moreMemory = 48 << 20
)

// wideImage is an image manifest of imageSize bytes, another one for each number. Its config is the empty JSON.
func wideImage(n int) []byte {
	padding := strings.Repeat("x", imageSize-len(imageHead)-60)
	return fmt.Appendf(nil, `%s"layers":[],"annotations":{"number":"%03d","a":"%s"}}`, imageHead, n, padding)
}

// serveImages is a registry with n tags in the repository source. It takes everything that is pushed to other
// repositories, and counts the tags.
func serveImages(t *testing.T, n int) (host string, put *atomic.Int32) {
	put = new(atomic.Int32)
	tags := make([]string, n)
	var stored sync.Map         // references in the target
	numbers := map[string]int{} // by tag and by digest
	for i := range tags {
		tags[i] = fmt.Sprintf(`"%d"`, i)
		numbers[fmt.Sprint(i)], numbers[fmt.Sprintf("sha256:%x", sha256.Sum256(wideImage(i)))] = i, i
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		repository, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
		kind, reference, _ := strings.Cut(rest, "/")
		switch {
		case kind == "tags" && repository == "source":
			fmt.Fprintf(w, `{"name":"source","tags":[%s]}`, strings.Join(tags, ","))
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusCreated) // mounted
		case r.Method == http.MethodPut:
			io.Copy(io.Discard, r.Body)
			if !strings.HasPrefix(reference, "sha256:") {
				put.Add(1)
			}
			w.Header().Set("Docker-Content-Digest", reference)
			if raw, ok := numbers[reference]; ok {
				w.Header().Set("Docker-Content-Digest", fmt.Sprintf("sha256:%x", sha256.Sum256(wideImage(raw))))
			}
			stored.Store(reference, true)
			w.WriteHeader(http.StatusCreated)
		case kind == "blobs":
			w.Header().Set("Content-Length", "2")
			fmt.Fprint(w, "{}")
		case kind == "manifests":
			number, ok := numbers[reference]
			if _, held := stored.Load(reference); !ok || repository != "source" && !held {
				http.NotFound(w, r)
				return
			}
			raw := wideImage(number)
			w.Header().Set("Content-Type", documentType(raw))
			w.Header().Set("Content-Length", fmt.Sprint(len(raw)))
			w.Header().Set("Docker-Content-Digest", fmt.Sprintf("sha256:%x", sha256.Sum256(raw)))
			w.Write(raw)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), put
}

// A copy of all tags takes no more memory for many images than for few.
func TestMemoryOfAllTags(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process is only known on Linux")
	}
	m := newMeasurer(t)
	peak := func(images int) int64 {
		host, put := serveImages(t, images)
		u := m.run(t, "copy", "--all-tags", host+"/source", host+"/target")
		t.Logf("%d images: %d MiB, %s", images, u.Peak>>20, u.Wall)
		if n := int(put.Load()); n != images {
			t.Errorf("%d of %d images are copied", n, images)
		}
		return u.Peak
	}
	few, many := peak(fewImages), peak(manyImages)
	if many > few+moreMemory {
		t.Errorf("%d images take %d MiB, %d take %d MiB", fewImages, few>>20, manyImages, many>>20)
	}
}
